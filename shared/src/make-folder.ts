/** A path into a folder that is there, with those above it. */

export interface FolderSystem {
  /** `mkdir` of node:fs/promises with the mode to make folders with; never recursive. */
  mkdir(path: string): Promise<unknown>;
  /** Of node:path. */
  dirname(path: string): string;
}

/**
 * Rejects with the system's error where none can be made. `recursive: true` of Node tries for ever where a folder that is there
 * answers ENOENT, as /proc does (seen with Node 20).
 */
export async function makeFolder(path: string, system: FolderSystem): Promise<void> {
  try {
    await system.mkdir(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") {
      if (await isFolder(path, system)) return;
      throw error;
    }
    const parent = system.dirname(path);
    if (code !== "ENOENT" || parent === path) throw error;
    await makeFolder(parent, system);
    await system.mkdir(path).catch((again: { code?: string }) => {
      if (again.code !== "EEXIST") throw again;
    });
  }
}

/** "x/." exists where x is a folder, and cannot be where it is a file. */
async function isFolder(path: string, system: FolderSystem): Promise<boolean> {
  return system.mkdir(`${path}/.`).then(
    () => true,
    ({ code }: { code?: string }) => code === "EEXIST",
  );
}
