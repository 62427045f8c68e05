/** Named texts into one tar archive (POSIX.1-1988 ustar): what every system can open. Pure. */

const BLOCK = 512;

export interface TarEntry {
  /** At most 100 bytes, ASCII. */
  name: string;
  content: Buffer;
}

/** `atS`: when it was made, epoch seconds. */
export function tarOf(entries: readonly TarEntry[], atS: number): Buffer {
  const blocks = entries.flatMap((entry) => [headerOf(entry, atS), entry.content, padding(entry.content.length)]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function headerOf({ name, content }: TarEntry, atS: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, "ascii");
  header.write(octal(0o600, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(Math.floor(atS), 12), 136);
  header.write(" ".repeat(8), 148); // the checksum counts itself as blanks
  header.write("0", 156);
  header.write("ustar\u000000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, "latin1");
  return header;
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\u0000`;
const padding = (length: number): Buffer => Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
