/** A repository folder into the cloud, over its API. */
import { readFile } from "node:fs/promises";
import { InputError, UnavailableError } from "@tactus/shared";
import { MetadataKind } from "@tufjs/models";
import type { PublishAnswer } from "../publication.js";
import type { ModelVersion } from "../registry.js";
import { parseMetadata } from "../tuf-set.js";
import type { RepositoryFolder } from "./repository-folder.js";

export interface CloudClientOptions {
  /** "http://127.0.0.1:8080". */
  url: string;
  token: string;
}

type Published = Extract<PublishAnswer, { state: "published" }>;

export class CloudClient {
  readonly #options: CloudClientOptions;

  constructor(options: CloudClientOptions) {
    this.#options = options;
  }

  /** Throws InputError with the cloud's reason, UnavailableError when it cannot be reached. */
  async publish(repository: RepositoryFolder, tell: (line: string) => void): Promise<Published> {
    const { roots, set } = await repository.files();
    const publication = JSON.stringify({
      roots: roots.map((root) => root.toString("utf8")),
      timestamp: set.timestamp.toString("utf8"),
      snapshot: set.snapshot.toString("utf8"),
      targets: set.targets.toString("utf8"),
    });
    const offer = () => this.#ask<PublishAnswer>("POST", "/api/v1/models/publish", publication);
    const first = await offer();
    if (first.state === "published") return first;
    const files = targetFiles(repository, set.targets);
    for (const { sha256, bytes } of first.missing) {
      const file = files.get(sha256);
      if (file === undefined)
        throw new InputError(`The cloud asks for ${sha256}, which is no target of this repository`);
      await this.#ask("PUT", `/api/v1/models/artifacts/${sha256}`, new Uint8Array(await readFile(file)));
      tell(`sent ${file} (${bytes} bytes)`);
    }
    const second = await offer();
    if (second.state === "published") return second;
    throw new UnavailableError(`The cloud still misses ${second.missing.length} files after they were sent: try again`);
  }

  async list(): Promise<ModelVersion[]> {
    return (await this.#ask<{ models: ModelVersion[] }>("GET", "/api/v1/models")).models;
  }

  async #ask<T>(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<T> {
    const { url, token } = this.#options;
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { "content-type": type } : {}),
    };
    const response = await fetch(`${url.replace(/\/+$/, "")}${path}`, { method, headers, body: body ?? null }).catch(
      (cause) => {
        throw new UnavailableError(`The cloud at ${url} cannot be reached: ${reasonOf(cause)}`, { cause });
      },
    );
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw new InputError(`The cloud at ${url} says no (${response.status}): ${detailOf(text)}`);
  }
}

function targetFiles(repository: RepositoryFolder, targets: Buffer): Map<string, string> {
  const entries = Object.entries(parseMetadata(MetadataKind.Targets, targets).signed.targets);
  return new Map(entries.map(([path, target]) => [target.hashes.sha256 ?? "", repository.targetFile(path, target)]));
}

function detailOf(text: string): string {
  try {
    const { detail, remedy } = JSON.parse(text) as { detail?: string; remedy?: string };
    return [detail, remedy].filter(Boolean).join(". ");
  } catch {
    return text.slice(0, 200);
  }
}

const reasonOf = (error: Error): string => (error.cause as Error | undefined)?.message || error.message;
