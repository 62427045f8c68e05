/** The published metadata and every version it ever listed. */
import type { Database } from "better-sqlite3";
import type { ModelState, ModelVersion } from "./registry.js";

export interface StoredMetadata {
  /** "timestamp.json", "3.root.json". */
  file: string;
  content: string;
}

export interface StoredFile {
  file: string;
  sha256: string;
  bytes: number;
}

export interface StoredVersion extends ModelVersion {
  /** JSON of manifest.json. */
  manifest: string;
  card: string;
  files: StoredFile[];
}

export interface VersionState {
  name: string;
  version: string;
  state: ModelState;
  reason: string;
}

export interface RegistryChange {
  metadata: readonly StoredMetadata[];
  /** Metadata that nobody needs any more. */
  dropped: readonly string[];
  /** First seen in this publication. */
  added: readonly StoredVersion[];
  /** Of versions that are known. */
  states: readonly VersionState[];
  atUs: number;
}

type Row = Omit<StoredVersion, "files"> & { files: string };

const SUMMARY = "name, version, state, reason, sha256, bytes, published_at_us publishedAtUs, published_by publishedBy";

export class RegistryTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  metadata(): StoredMetadata[] {
    return this.#db.prepare<[], StoredMetadata>("SELECT file, content FROM tuf_files").all();
  }

  list(): ModelVersion[] {
    return this.#db.prepare<[], ModelVersion>(`SELECT ${SUMMARY} FROM model_versions`).all();
  }

  get(name: string, version: string): StoredVersion | undefined {
    const row = this.#db
      .prepare<[string, string], Row>(
        `SELECT ${SUMMARY}, manifest, card, files FROM model_versions WHERE name = ? AND version = ?`,
      )
      .get(name, version);
    return row && { ...row, files: JSON.parse(row.files) as StoredFile[] };
  }

  /** A publication as a whole, or nothing of it. */
  commit({ metadata, dropped, added, states, atUs }: RegistryChange): void {
    const put = this.#db.prepare(
      `INSERT INTO tuf_files (file, content, at_us) VALUES (@file, @content, @atUs)
       ON CONFLICT (file) DO UPDATE SET content = @content, at_us = @atUs WHERE content <> @content`,
    );
    const drop = this.#db.prepare("DELETE FROM tuf_files WHERE file = ?");
    const add = this.#db.prepare(
      `INSERT INTO model_versions
         (name, version, state, reason, manifest, card, files, sha256, bytes, published_at_us, published_by)
       VALUES (@name, @version, @state, @reason, @manifest, @card, @files, @sha256, @bytes, @publishedAtUs, @publishedBy)`,
    );
    const change = this.#db.prepare(
      "UPDATE model_versions SET state = @state, reason = @reason WHERE name = @name AND version = @version",
    );
    this.#db.transaction(() => {
      for (const one of metadata) put.run({ ...one, atUs });
      for (const file of dropped) drop.run(file);
      for (const one of added) add.run({ ...one, files: JSON.stringify(one.files) });
      for (const one of states) change.run(one);
    })();
  }
}
