import { expect, it } from "vitest";
import { readSettings, type SettingsFile } from "./settings-file.js";

const file = (change: Partial<SettingsFile> = {}): SettingsFile => ({
  path: "/etc/box.yaml",
  required: true,
  read: async () => '{"name": "box"}',
  parse: (text) => (text === "" ? null : JSON.parse(text)),
  example: "name: box",
  ...change,
});
const missing = async () => Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }));

it("settings are what the file says, and none where it is empty or not needed", async () => {
  expect(await readSettings(file())).toEqual({ name: "box" });
  expect(await readSettings(file({ read: async () => "" }))).toEqual({});
  expect(await readSettings(file({ read: missing, required: false }))).toEqual({});
});

it("settings that cannot be had are one error that names the file", async () => {
  await expect(readSettings(file({ read: missing }))).rejects.toThrow(
    "Configuration /etc/box.yaml cannot be read: no such",
  );
  await expect(readSettings(file({ read: async () => "{" }))).rejects.toThrow(
    "Configuration /etc/box.yaml is not YAML",
  );
  await expect(readSettings(file({ read: async () => "[1]" }))).rejects.toThrow('such as "name: box"');
  await expect(readSettings(file({ read: async () => "7" }))).rejects.toThrow("holds no settings");
});
