import { expect, test } from "vitest";
import { DeviceConfig } from "./config.js";
import { ownSettings, settle, withSettings } from "./remote-settings.js";

const own = (written: object = {}) => ownSettings(DeviceConfig.parse({ device: "booth", ...written }));

test("what the cloud wants lies upon what the box's own file says", () => {
  const { settings, refused } = settle(own({ leadMs: 300, outboxMb: 8 }), { leadMs: 400, publicRead: false });

  expect(settings).toEqual({
    name: "booth",
    captureOffsetMs: 0,
    leadMs: 400,
    freezeMs: 100,
    outboxMb: 8,
    logLevel: "info",
    publicRead: false,
  });
  expect(refused).toEqual([]);
});

test("a setting that is unknown, or has a value that cannot be, is refused by itself", () => {
  const { settings, refused } = settle(own(), { colour: "red", leadMs: "soon", name: "Main room", __proto__x: 1 });

  expect(settings.name).toBe("Main room");
  expect(settings.leadMs).toBe(200);
  expect(refused.map(({ setting }) => setting)).toEqual(["colour", "leadMs", "__proto__x"]);
});

test("lead and freeze that contradict one another are refused together, and the box's own stay", () => {
  const { settings, refused } = settle(own({ freezeMs: 150 }), { leadMs: 120, captureOffsetMs: -12 });

  expect(settings).toMatchObject({ leadMs: 200, freezeMs: 150, captureOffsetMs: -12 });
  expect(refused).toEqual([
    { setting: "leadMs", reason: "freezeMs 150 is more than leadMs 120: both stay as the box has them" },
  ]);
});

test("settings come back into a configuration that nothing else changes", () => {
  const config = DeviceConfig.parse({ venue: "club", mqtt: { port: 1999 } });

  const changed = withSettings(config, { ...ownSettings(config), publicRead: false, leadMs: 500 });

  expect(changed).toMatchObject({ venue: "club", leadMs: 500, mqtt: { port: 1999, publicRead: false } });
});
