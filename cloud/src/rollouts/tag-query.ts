/** A query such as `pilot and not venue:club` into a test of devices, or one error that says where it is wrong. */
import { InputError } from "@tactus/shared";

/** What can be asked of a device. */
export interface QueryableDevice {
  /** "<venue>.<device>". */
  deviceId: string;
  tags: readonly string[];
  /** "<name> <version>" of its active model, as in `status`. */
  model: string;
  /** Of its software. */
  version: string;
}

export type DeviceQuery = (device: QueryableDevice) => boolean;

type TokenKind = "word" | "(" | ")" | "end";
interface Token {
  kind: TokenKind;
  text: string;
  /** In the query, from 0. */
  at: number;
}

export const MAX_QUERY_LENGTH = 500;
const MAX_DEPTH = 32;
const FIELDS = ["tag", "venue", "device", "model", "version"] as const;
type Field = (typeof FIELDS)[number];

/**
 * `or` binds weaker than `and`, `and` weaker than `not`; brackets group. A term is a tag (`pilot`, `tag:pilot`), `venue:club-*`,
 * `device:main`, `model:tactus-small` or `model:tactus-small@0.2.*`, `version:>=0.3.0` (of the software), `all` or `none`.
 * `*` stands for anything. Throws InputError with the position.
 */
export function parseTagQuery(query: string): DeviceQuery {
  if (query.length > MAX_QUERY_LENGTH) {
    throw new InputError(`Query has ${query.length} characters, at most ${MAX_QUERY_LENGTH} are allowed`);
  }
  return new QueryParser(tokensOf(query), query).parse();
}

class QueryParser {
  readonly #tokens: Token[];
  readonly #query: string;
  #next = 0;
  #depth = 0;

  constructor(tokens: Token[], query: string) {
    this.#tokens = tokens;
    this.#query = query;
  }

  parse(): DeviceQuery {
    const query = this.#either();
    const rest = this.#peek();
    if (rest.kind !== "end") throw this.#wrong(rest, `expected "and" or "or" before "${rest.text}"`);
    return query;
  }

  #either(): DeviceQuery {
    const parts = [this.#both()];
    while (this.#takeWord("or")) parts.push(this.#both());
    return parts.length === 1 && parts[0] ? parts[0] : (device) => parts.some((part) => part(device));
  }

  #both(): DeviceQuery {
    const parts = [this.#one()];
    while (this.#takeWord("and")) parts.push(this.#one());
    return parts.length === 1 && parts[0] ? parts[0] : (device) => parts.every((part) => part(device));
  }

  #one(): DeviceQuery {
    const token = this.#peek();
    if (++this.#depth > MAX_DEPTH)
      throw this.#wrong(token, `more than ${MAX_DEPTH} brackets or "not" inside one another`);
    const query = this.#takeWord("not") ? negated(this.#one()) : this.#term();
    this.#depth--;
    return query;
  }

  #term(): DeviceQuery {
    const token = this.#peek();
    this.#next++;
    if (token.kind === "(") {
      const query = this.#either();
      const close = this.#peek();
      if (close.kind !== ")") throw this.#wrong(close, `expected ")" for the "(" at ${token.at + 1}`);
      this.#next++;
      return query;
    }
    if (token.kind === "word" && !["and", "or", "not"].includes(token.text)) return this.#test(token);
    throw this.#wrong(token, `expected a tag or a term such as venue:club${found(token)}`);
  }

  #test(token: Token): DeviceQuery {
    if (token.text === "all" || token.text === "*") return () => true;
    if (token.text === "none") return () => false;
    const colon = token.text.indexOf(":");
    const field = colon < 0 ? "tag" : token.text.slice(0, colon);
    const value = token.text.slice(colon + 1);
    if (!isField(field)) throw this.#wrong(token, `"${field}" is none of ${FIELDS.join(", ")}`);
    if (value === "") throw this.#wrong(token, `expected a value after "${field}:"`);
    if (field === "version") return this.#versionTest(token, value);
    return fieldTest(field, patternOf(value));
  }

  #versionTest(token: Token, value: string): DeviceQuery {
    const [, sign = "", wanted = ""] = /^(<=|>=|<|>|=)?(.*)$/.exec(value) ?? [];
    if (sign === "" || sign === "=") {
      const matches = patternOf(wanted);
      return ({ version }) => matches(version);
    }
    if (!/^\d+(\.\d+){0,2}$/.test(wanted)) throw this.#wrong(token, `"${wanted}" is no version such as 0.3.0`);
    return ({ version }) => holds(sign, compareVersions(version, wanted));
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: this.#query.length };
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    if (token.kind !== "word" || token.text !== word) return false;
    this.#next++;
    return true;
  }

  #wrong(token: Token, what: string): InputError {
    return new InputError(`Query "${this.#query}" is wrong at character ${token.at + 1}: ${what}`);
  }
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (const match of query.matchAll(/[()]|[^\s()]+/g)) {
    const text = match[0];
    if (text !== "(" && text !== ")" && !/^[A-Za-z0-9_*.:@<>=-]+$/.test(text)) {
      const at = match.index + text.search(/[^A-Za-z0-9_*.:@<>=-]/);
      throw new InputError(`Query "${query}" is wrong at character ${at + 1}: "${query[at]}" has no meaning here`);
    }
    tokens.push({ kind: text === "(" || text === ")" ? text : "word", text, at: match.index });
  }
  return tokens;
}

const negated =
  (query: DeviceQuery): DeviceQuery =>
  (device) =>
    !query(device);

const found = (token: Token): string => (token.kind === "end" ? "" : `, found "${token.text}"`);

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

function fieldTest(field: Exclude<Field, "version">, matches: (value: string) => boolean): DeviceQuery {
  switch (field) {
    case "tag":
      return ({ tags }) => tags.some(matches);
    case "venue":
      return ({ deviceId }) => matches(deviceId.slice(0, deviceId.indexOf(".")));
    case "device":
      return ({ deviceId }) => matches(deviceId) || matches(deviceId.slice(deviceId.indexOf(".") + 1));
    case "model":
      return ({ model }) => matches(model.replace(" ", "@")) || matches(model.split(" ")[0] ?? "");
  }
}

/** `*` is anything, also nothing. Linear in the value: no backtracking that a query could blow up. */
function patternOf(pattern: string): (value: string) => boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return (value) => value === pattern;
  return (value) => {
    if (!value.startsWith(head) || value.length < head.length + tail.length || !value.endsWith(tail)) return false;
    let at = head.length;
    for (const part of rest) {
      const next = value.indexOf(part, at);
      if (next < 0 || next + part.length > value.length - tail.length) return false;
      at = next + part.length;
    }
    return true;
  };
}

/** Number by number; what is no number counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let part = 0; part < 3; part++) {
    const difference = (Number.parseInt(left[part] ?? "0", 10) || 0) - (Number.parseInt(right[part] ?? "0", 10) || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function holds(sign: string, order: number): boolean {
  if (sign === "<") return order < 0;
  if (sign === "<=") return order <= 0;
  return sign === ">" ? order > 0 : order >= 0;
}
