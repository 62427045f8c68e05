/** A JSON schema -> the rows of a field table. */

/** @returns {{ path: string[], type: string, optional: boolean }[]} array items are a path part "[]" */
export function rowsOf(schema, path = []) {
  if (schema.oneOf) return schema.oneOf.flatMap((member) => rowsOfVariant(member, path));
  if (schema.type === "array" && schema.items?.properties) return rowsOf(schema.items, [...path, "[]"]);
  if (!schema.properties) return [];
  return Object.entries(schema.properties).flatMap(([name, inner]) => rowsOfField(schema, inner, name, path));
}

function rowsOfField(parent, schema, name, path) {
  const here = [...path, name];
  const optional = !(parent.required ?? []).includes(name);
  return [{ path: here, type: typeOf(schema), optional }, ...rowsOf(schema, here)];
}

/** One row for the member, named by its constant, then its other fields. */
function rowsOfVariant(member, path) {
  const [key, constant] = Object.entries(member.properties).find(([, inner]) => inner.const !== undefined);
  const { [key]: _, ...others } = member.properties;
  const variant = { path, variant: constant.const, type: `\`${key}: "${constant.const}"\``, optional: false };
  const fields = rowsOf({ ...member, properties: others }, path).map((row) => ({ ...row, of: constant.const }));
  return [variant, ...fields];
}

export function typeOf(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.oneOf) return "one of:";
  if (schema.type === "array") return `array${limits(schema.minItems, schema.maxItems)} of ${typeOf(schema.items)}`;
  if (schema.type === "string") return `string${schema.pattern ? ` matching \`${schema.pattern}\`` : lengths(schema)}`;
  if (schema.type === "object")
    return schema.properties ? "object" : `object of ${typeOf(schema.additionalProperties)}`;
  return `${schema.type}${range(schema)}`;
}

const lengths = ({ minLength, maxLength }) => (maxLength ? `, ${minLength ?? 0}–${maxLength} characters` : "");

function limits(least, most) {
  if (least === undefined && most === undefined) return "";
  return least === most ? ` (${most})` : ` (${least ?? 0}–${most ?? "…"})`;
}

function range({ minimum, exclusiveMinimum, maximum }) {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === -Number.MAX_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  const parts = [
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    least !== undefined && `≥ ${least}`,
    most !== undefined && `≤ ${most}`,
  ].filter(Boolean);
  return parts.length > 0 ? `, ${parts.join(", ")}` : "";
}
