import type { OutputState } from "@tactus/shared";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { OutputsTable } from "./outputs-table.js";

const NOW = 2_000_000_000;
const output = (change: Partial<OutputState> = {}): OutputState => ({
  v: 1,
  name: "truss",
  kind: "artnet",
  sentAtUs: NOW - 2_000_000,
  state: "running",
  receiving: "receiving",
  peer: "2 nodes: 10.0.0.21, 10.0.0.22",
  mode: "following",
  level: 1,
  latencyMs: 25,
  sent: 184_220,
  errors: 0,
  lastError: "",
  cues: { fired: 1042, filled: 3, skipped: 0 },
  jitter: { p50Ms: 0.01, p95Ms: 0.3 },
  universes: [1, 2],
  ...change,
});

/** What is to be read, row by row, cells separated by " | ". */
function rows(...outputs: OutputState[]): string[] {
  const html = renderToStaticMarkup(<OutputsTable outputs={outputs} skewUs={0} nowUs={NOW} />);
  return [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row = ""]) =>
    row
      .replace(/<\/t[hd]>/g, " | ")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ")
      .replace(/ \| $/, "")
      .trim(),
  );
}

describe("table of outputs", () => {
  it("tells all of a running output in words and figures, below headings", () => {
    expect(rows(output())).toEqual([
      "Output | Does | Receiver | Sent | Errors | Latency | Jitter p50 / p95",
      "truss artnet | Following every announced beat | Receiving 2 nodes: 10.0.0.21, 10.0.0.22 | 184,220 | 0 | +25 ms | 0.01 / 0.30 ms",
    ]);
  });

  it.each([
    ["free-running", "Free-running on its own clock, beats are unsure"],
    ["holding", "Holding keeps the last look"],
    ["fading", "Fading to the quiet look"],
    ["idle", "Idle quiet look, no music"],
    ["released", "Released a desk or the receiver has the lights"],
    ["blackout", "Blackout dark by hand"],
  ] as const)("says what %s means", (mode, text) => {
    expect(rows(output({ mode }))[1]).toContain(`| ${text} |`);
  });

  it("shows the last error with its remedy, and who does not listen", () => {
    const lastError = "OS2L 127.0.0.1:9: connection refused: is the lighting program running?";
    const [, row, error] = rows(output({ receiving: "not-receiving", peer: "", errors: 41, lastError }));

    expect(row).toContain("| Not receiving |");
    expect(row).toContain("| 41 |");
    expect(error).toBe(`Last error: ${lastError}`);
  });

  it("says that a protocol without an answer leaves it unknown", () => {
    expect(rows(output({ receiving: "unknown", peer: "" }))[1]).toContain("| Unknown the protocol has no answer |");
  });

  it("takes an output that has not spoken for longer than ten seconds for gone", () => {
    const [, row] = rows(output({ sentAtUs: NOW - 20_000_000 }));

    expect(row).toContain("| Gone last heard 20 s ago | Unknown |");
    expect(row).not.toContain("Following");
    expect(row).toMatch(/\| –$/);
  });

  it("has headings for columns and rows", () => {
    const html = renderToStaticMarkup(<OutputsTable outputs={[output()]} skewUs={0} nowUs={NOW} />);

    expect(html.match(/<th scope="col">/g)).toHaveLength(7);
    expect(html).toContain('<th scope="row">truss');
  });
});
