/** Texts that may hold secrets into texts that hold none: by the names of settings, and by the secrets themselves. Pure. */

const MASK = "•••";
/** Names of settings whose values nobody else needs to know. */
const SECRET_NAME = /pass|secret|token|pairing|key$|credential/i;
/** A shorter one would blot out innocent words. */
const SHORTEST = 4;

/** The same value with every secret in it masked, as far as the names of its fields tell. */
export function maskFields(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((inner) => maskFields(inner, isPlain(inner) ? name : ""));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskFields(inner, key)]));
  }
  if (typeof value === "string") return SECRET_NAME.test(name) ? MASK : value.replace(/:\/\/[^/\s@]+@/g, `://${MASK}@`);
  return value;
}

const isPlain = (value: unknown): boolean => typeof value === "string";

/** Every secret of a configuration, by the same rule. */
export function secretsIn(value: unknown, name = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => secretsIn(inner, isPlain(inner) ? name : ""));
  if (value !== null && typeof value === "object")
    return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, key));
  return typeof value === "string" && SECRET_NAME.test(name) ? [value] : [];
}

/** The text with each of these secrets masked, also as JSON, as part of an address, and in base64 has it. */
export function maskText(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64"),
    ]);
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}
