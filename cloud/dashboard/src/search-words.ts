/** The part of an address after "?" into the words that a page understands; others are dropped. */

/** Values that are empty or no text are absent. */
export function wordsOf<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [Key in Name]?: string } =>
    Object.fromEntries(
      names
        .map((name) => [name, textOf(search[name])] as const)
        .filter((entry): entry is readonly [Name, string] => entry[1] !== undefined),
    ) as { [Key in Name]?: string };
}

/** The router reads "123" as a number. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined;
}
