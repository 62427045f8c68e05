import { expect, test } from "vitest";
import { JsonSplitter, MAX_OBJECT_BYTES } from "./json-splitter.js";

const push = (splitter: JsonSplitter, text: string): string[] => splitter.push(Buffer.from(text));

test("splitter separates objects that follow one another without anything between", () => {
  expect(push(new JsonSplitter(), '{"a":1}{"b":{"c":2}}')).toEqual(['{"a":1}', '{"b":{"c":2}}']);
});

test("splitter keeps what a chunk leaves open, wherever it was cut", () => {
  const text = '{"name":"a } \\" ä {","state":"on"}{"b":1}';
  const splitter = new JsonSplitter();
  const found = [...Buffer.from(text)].flatMap((byte) => splitter.push(Uint8Array.of(byte)));

  expect(found).toEqual(['{"name":"a } \\" ä {","state":"on"}', '{"b":1}']);
});

test("splitter skips what lies between objects", () => {
  expect(push(new JsonSplitter(), '\r\n}}"x"{"a":1}]\0{"b":2}')).toEqual(['{"a":1}', '{"b":2}']);
});

test("splitter drops an object without an end and finds the next", () => {
  const splitter = new JsonSplitter();
  push(splitter, `{${" ".repeat(MAX_OBJECT_BYTES)}`);

  expect(push(splitter, '{"a":1}')).toEqual(['{"a":1}']);
});

test("splitter survives a million bytes of noise", () => {
  const splitter = new JsonSplitter();
  const alphabet = Buffer.from('{}"\\:, a1\xff', "latin1");
  let state = 7;
  const noise = Uint8Array.from({ length: 1_000_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return alphabet[(state >>> 16) % alphabet.length] ?? 0;
  });

  for (let at = 0; at < noise.length; at += 1000) {
    for (const text of splitter.push(noise.subarray(at, at + 1000)))
      expect(text.length).toBeLessThanOrEqual(MAX_OBJECT_BYTES);
  }
});
