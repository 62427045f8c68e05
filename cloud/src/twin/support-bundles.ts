/** Support bundles of boxes into files of the data directory: few of each device, none for ever. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError } from "../problems.js";

export interface SupportBundlesOptions {
  folder: string;
  /** Of each device. Default 5. */
  keep?: number;
  /** Of all devices together, the newest. Default 200. */
  keepAll?: number;
  /** Default 30. */
  keepDays?: number;
  now(): number;
}

export interface BundleName {
  device: string;
  requestId: string;
}

export interface StoredBundle extends BundleName {
  atUs: number;
  bytes: number;
}

export const MAX_BUNDLE_BYTES = 10 * 1024 * 1024;
export const BUNDLE_REQUEST = /^[\w.-]{1,64}$/;
const ENDING = ".tar.gz";

export class SupportBundles {
  readonly #options: SupportBundlesOptions;

  constructor(options: SupportBundlesOptions) {
    this.#options = options;
  }

  /** On disk when it resolves; the oldest ones go. The same name again replaces it. */
  async put({ device, requestId }: BundleName, bytes: Uint8Array): Promise<void> {
    const folder = join(this.#options.folder, device);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, requestId + ENDING);
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await this.#forget();
  }

  /** Newest first. */
  async list(device: string): Promise<StoredBundle[]> {
    const names = await readdir(join(this.#options.folder, device)).catch((): string[] => []);
    const bundles = names
      .filter((name) => name.endsWith(ENDING))
      .map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#options.folder, device, name));
        return { device, requestId: name.slice(0, -ENDING.length), atUs: Math.round(mtimeMs * 1000), bytes: size };
      });
    return (await Promise.all(bundles)).sort((one, other) => other.atUs - one.atUs);
  }

  /** Throws NotFoundError. */
  async read({ device, requestId }: BundleName): Promise<Buffer> {
    const known =
      BUNDLE_REQUEST.test(requestId) && (await this.list(device)).some((one) => one.requestId === requestId);
    if (known) return readFile(this.#pathOf({ device, requestId }));
    throw new NotFoundError(`No support bundle "${requestId.slice(0, 64)}" of "${device}"`, {
      remedy: `GET /api/v1/devices/${device}/support-bundles lists them`,
    });
  }

  async #forget(): Promise<void> {
    const { folder, keep = 5, keepAll = 200, keepDays = 30, now } = this.#options;
    const oldestUs = now() - keepDays * 86_400_000_000;
    const lists = await Promise.all((await readdir(folder)).map((device) => this.list(device)));
    const surplus = lists.flatMap((list) => list.filter((one, k) => k >= keep || one.atUs < oldestUs));
    const rest = lists.flat().filter((one) => !surplus.includes(one));
    surplus.push(...rest.sort((one, other) => other.atUs - one.atUs).slice(keepAll));
    await Promise.all(surplus.map((bundle) => rm(this.#pathOf(bundle), { force: true })));
  }

  #pathOf({ device, requestId }: BundleName): string {
    return join(this.#options.folder, device, requestId + ENDING);
  }
}
