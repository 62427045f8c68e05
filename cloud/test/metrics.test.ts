import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { withCloud } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

const DASHBOARD = new URL("../../docs/grafana/tactus.json", import.meta.url);

it("the dashboard for Grafana asks only for metrics and labels that the cloud has", async () => {
  await withCloud(async (cloud) => {
    const device = new SimulatedDevice({ cloud });
    await device.connect();
    const text = await (await fetch(`${cloud.url}/metrics`)).text();
    const names = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));

    const dashboard = JSON.parse(await readFile(DASHBOARD, "utf8")) as { panels: { targets: { expr: string }[] }[] };
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const asked = expressions.flatMap((expr) => expr.match(/\b(tactus|process|nodejs)_\w+/g) ?? []);

    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
    expect(text).toContain('tactus_devices{state="online"} 1\n');
    expect(text).toContain('tactus_alerts_open{severity="critical"} 0\n');
    await device.disconnect();
  });
});

it("every line of the metrics is a comment or a sample by the rules of the format", async () => {
  await withCloud(async (cloud) => {
    const response = await fetch(`${cloud.url}/metrics`);
    const lines = (await response.text()).split("\n");

    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect(lines.pop()).toBe("");
    const label = String.raw`[a-zA-Z_]\w*="(\\[\\n"]|[^\\"\n])*"`;
    const sample = new RegExp(
      String.raw`^[a-zA-Z_:][\w:]*(\{${label}(,${label})*\})? (NaN|[+-]?Inf|-?[\d.]+(e[+-]?\d+)?)$`,
    );
    expect(lines.filter((line) => !/^# (HELP|TYPE) [a-zA-Z_:][\w:]* \S/.test(line) && !sample.test(line))).toEqual([]);
    const types = lines.filter((line) => line.startsWith("# TYPE"));
    expect(new Set(types).size).toBe(types.length);
  });
});
