import { describe, expect, test } from "vitest";
import { Os2lConfig } from "./os2l-config.js";
import { beatMessage, decodeOs2lFeedback, encodeOs2l } from "./os2l-message.js";

test("a beat is a flat object with two decimals", () => {
  const beat = beatMessage({ change: true, pos: 12, bpm: 127.987654, strength: 1.4 });

  expect(encodeOs2l(beat)).toBe('{"evt":"beat","change":true,"pos":12,"bpm":127.99,"strength":1}');
});

test("a button without a page says nothing about pages", () => {
  expect(encodeOs2l({ evt: "btn", name: "Drop", state: "on" })).toBe('{"evt":"btn","name":"Drop","state":"on"}');
});

describe("decodeOs2lFeedback()", () => {
  test("reads what a lighting program says about a button", () => {
    const feedback = decodeOs2lFeedback('{"evt":"feedback","name":"Drop","page":"1","state":"on"}');

    expect(feedback).toEqual({ evt: "feedback", name: "Drop", page: "1", state: "on" });
  });

  test.each([
    "",
    "{",
    "[]",
    '{"evt":"beat"}',
    '{"evt":"feedback","name":1,"state":"on"}',
    '{"evt":"feedback","name":"a","state":2}',
  ])("leaves %j alone", (text) => {
    expect(decodeOs2lFeedback(text)).toBeUndefined();
  });
});

test.each(["a}b", "a{b", 'a"b', "a\\b"])("configuration refuses the button name %j", (name) => {
  const result = Os2lConfig.safeParse({ type: "os2l", buttons: [{ name, when: "beat" }] });

  expect(result.error?.issues[0]?.message).toBe('a name in OS2L may not hold { } " \\');
});
