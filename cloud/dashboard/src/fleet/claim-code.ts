/** What somebody types of a claim code into how the box shows it, and names of places into slugs. */

/** Letters and digits of codes: none that are taken for one another. */
const STRANGE = /[^ABCDEFGHJKLMNPQRSTUVWXYZ23456789]/g;
const LENGTH = 8;

/** "abcd e" -> "ABCD-E"; what no code has is dropped. */
export function codeAsTyped(text: string): string {
  const known = text.toUpperCase().replace(STRANGE, "").slice(0, LENGTH);
  return known.length > 4 ? `${known.slice(0, 4)}-${known.slice(4)}` : known;
}

export const isWholeCode = (text: string): boolean => codeAsTyped(text).length === LENGTH + 1;

/** "Café del Mar 2" -> "cafe-del-mar-2": at most 63 characters of a–z, 0–9 and hyphen; empty when nothing is left. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[æœ]/g, (letters) => (letters === "æ" ? "ae" : "oe"))
    .replace(/ø/g, "o")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}

/** "berlin, Canary  beta" -> ["berlin", "Canary", "beta"], each once. */
export const tagsOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter((tag) => tag !== ""))];
