/** The configuration and its preset into messages ready to be filled with values and sent. */
import { InputError } from "@tactus/shared";
import { type OscArgInput, toBuffer } from "osc-min";
import type { OscArg, OscConfig, OscMessage, OscWhen } from "./osc-config.js";
import { type OscValues, VALUE_NAMES, type ValueName } from "./osc-values.js";
import { type OscPreset, PRESETS } from "./presets.js";

/** One message whose address is final. */
export interface ScriptedMessage {
  when: OscWhen;
  address: string;
  args: readonly OscArg[];
  release: readonly OscArg[] | undefined;
}

const PLACEHOLDER = /\{(\w+)(?::(\d))?\}/g;
/** Printable ASCII without what OSC 1.0 keeps for patterns. */
const ADDRESS = /^\/(?:(?![#*,?[\]{}])[!-~])*$/;
const RUNTIME_NAMES: ReadonlySet<string> = new Set([...VALUE_NAMES, "mode"]);

/** Throws InputError when nothing would ever be sent, or when a message or an address cannot be. */
export function scriptOf(config: OscConfig): ScriptedMessage[] {
  const preset: OscPreset = PRESETS[config.preset];
  if (config.timeTags && !preset.bundles)
    throw new InputError(`OSC preset ${config.preset}: its receiver knows no bundles: leave timeTags out`);
  const values = { ...preset.values, ...config.values };
  const fromPreset = preset.messages.filter((message) => missingName(message, values) === undefined);
  for (const message of config.messages) {
    const name = missingName(message, values);
    if (name) throw new InputError(`OSC message ${message.address}: "${name}" is no value: name it under values`);
  }
  const messages = [...fromPreset, ...config.messages];
  if (messages.length === 0) {
    const names = [...new Set(preset.messages.map((message) => missingName(message, values)))].join(", ");
    const remedy = names ? `give one of ${names} under values` : "add messages";
    throw new InputError(`OSC preset ${config.preset} has nothing to send: ${remedy}`);
  }
  return messages.map((message) => scripted(message, values, config.prefix));
}

type Fill = Readonly<Record<string, string | number>>;

const stringsOf = (args: readonly OscArg[]): string[] =>
  args.flatMap((arg) =>
    typeof arg === "string" ? [arg] : typeof arg === "object" && "string" in arg ? [arg.string] : [],
  );

function missingName(message: OscMessage, values: Fill): string | undefined {
  const namesIn = (text: string) => [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
  const unfilled = namesIn(message.address).find((name) => !(name in values));
  const texts = stringsOf([...message.args, ...(message.release ?? [])]);
  return unfilled ?? texts.flatMap(namesIn).find((name) => !(name in values) && !RUNTIME_NAMES.has(name));
}

function scripted(message: OscMessage, values: Fill, prefix: string): ScriptedMessage {
  const fill = (text: string) =>
    text.replace(PLACEHOLDER, (whole, name: string) => (name in values ? String(values[name]) : whole));
  const fillArg = (arg: OscArg): OscArg => {
    if (typeof arg === "string") return fill(arg);
    return typeof arg === "object" && "string" in arg ? { string: fill(arg.string) } : arg;
  };
  const address = prefix + fill(message.address);
  if (!ADDRESS.test(address))
    throw new InputError(
      `OSC address "${address}" holds a character that addresses may not: use letters, digits, . _ - /`,
    );
  return {
    when: message.when,
    address,
    args: message.args.map(fillArg),
    release: message.release?.map(fillArg),
  };
}

/** The bytes of one message. `timeTag` wraps it into a bundle of its own [OSC 1.0, OSC Bundles]. */
export function encodeOsc(
  message: { address: string; args: readonly OscArg[] },
  values: OscValues,
  timeTag?: [number, number],
): Uint8Array {
  const element = { address: message.address, args: message.args.map((arg) => oscArgOf(arg, values)) };
  const { buffer, byteOffset, byteLength } = toBuffer(timeTag ? { timetag: timeTag, elements: [element] } : element);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function oscArgOf(arg: OscArg, values: OscValues): OscArgInput {
  if (typeof arg === "number") return { type: "float", value: arg };
  if (typeof arg === "boolean") return { type: arg ? "true" : "false" };
  if (typeof arg === "string") return { type: "string", value: textOf(arg, values) };
  if ("string" in arg) return { type: "string", value: textOf(arg.string, values) };
  if ("int" in arg) return { type: "integer", value: Math.trunc(numberOf(arg.int, values)) };
  return { type: "float", value: scaled(numberOf(arg.float, values), arg.range) };
}

const numberOf = (number: number | ValueName, values: OscValues): number =>
  typeof number === "number" ? number : values[number];

function scaled(value: number, range: [number, number] | undefined): number {
  if (!range || range[0] === range[1]) return value;
  return Math.min(1, Math.max(0, (value - range[0]) / (range[1] - range[0])));
}

function textOf(template: string, values: OscValues): string {
  return template.replace(PLACEHOLDER, (whole, name: string, decimals: string | undefined) => {
    const value = values[name as keyof OscValues];
    if (value === undefined) return whole;
    if (typeof value === "string") return value;
    return decimals === undefined ? String(value) : value.toFixed(Number(decimals));
  });
}
