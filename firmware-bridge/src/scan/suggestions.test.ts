import { expect, it } from "vitest";
import { parse } from "yaml";
import { BridgeConfig } from "../config.js";
import { OutputConfig } from "../output-kinds.js";
import { artnetSuggestion, os2lSuggestion, sacnSuggestion, serialSuggestion, wledSuggestion } from "./suggestions.js";

it.each([
  ["artnet", artnetSuggestion([1, 7])],
  ["artnet", artnetSuggestion([])],
  ["os2l", os2lSuggestion({ address: "192.168.1.9", port: 1503 })],
  ["os2l", os2lSuggestion({ address: "fe80::1", port: 1503 })],
  ["serial", serialSuggestion("/dev/ttyACM0")],
  ["serial", serialSuggestion("/dev/serial/by-id/usb-x #1: y")],
  ["wled", wledSuggestion("192.168.1.7", { ledCount: 60, soundSync: "waiting" })],
  ["wled", wledSuggestion("192.168.1.7", undefined)],
  ["ddp", wledSuggestion("192.168.1.7", { ledCount: 300, soundSync: "none" })],
  ["ddp", wledSuggestion("192.168.1.7", { ledCount: 0, soundSync: "none" })],
  ["ddp", wledSuggestion("192.168.1.7", { ledCount: 1e9, soundSync: "none" })],
])("a suggestion for %s is a configuration as it stands: %j", (type, text) => {
  expect(OutputConfig.parse(parse(text))).toMatchObject({ type });
});

it("a suggestion for sACN is a configuration of the bridge", () => {
  expect(BridgeConfig.parse(parse(sacnSuggestion([1, 2]))).receive.sacn).toEqual([1, 2]);
  expect(BridgeConfig.parse(parse(sacnSuggestion([]))).receive.sacn).toEqual([]);
});
