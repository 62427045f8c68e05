import { describe, expect, it } from "vitest";
import { inArtnetOrder } from "./artnet-receiver.js";
import { inSacnOrder } from "./sacn-receiver.js";
import { SourceTable } from "./source-table.js";

function aTable() {
  const clock = { now: 100 };
  const table = new SourceTable({ universes: [1], now: () => clock.now, lossS: 2.5, inOrder: inSacnOrder });
  const send = (changes: { sequence: number; source?: string; priority?: number; value?: number; universe?: number }) =>
    table.arrived({
      universe: changes.universe ?? 1,
      source: changes.source ?? "desk",
      priority: changes.priority ?? 100,
      channels: Uint8Array.of(changes.value ?? 0),
      sequence: changes.sequence,
    });
  const values = () => table.universe(1).map(({ source, channels }) => `${source} ${channels[0]}`);
  return { clock, table, send, values };
}

describe("source table", () => {
  it("keeps the newest values of each source with priority and time", () => {
    const { table, send } = aTable();
    send({ sequence: 1, value: 10 });
    send({ sequence: 2, value: 11 });
    send({ sequence: 9, source: "other", priority: 50, value: 3 });

    expect(table.universe(1)).toEqual([
      { universe: 1, source: "desk", priority: 100, channels: Uint8Array.of(11), receivedAt: 100 },
      { universe: 1, source: "other", priority: 50, channels: Uint8Array.of(3), receivedAt: 100 },
    ]);
  });

  it("drops a packet that comes late or twice", () => {
    const { send, values } = aTable();
    send({ sequence: 10, value: 1 });
    send({ sequence: 9, value: 2 });
    send({ sequence: 10, value: 3 });

    expect(values()).toEqual(["desk 1"]);
  });

  it("forgets a silent source after 2.5 s and then takes any sequence", () => {
    const { clock, send, values } = aTable();
    send({ sequence: 10, value: 1 });
    clock.now += 2.49;
    expect(values()).toEqual(["desk 1"]);
    clock.now += 0.02;

    expect(values()).toEqual([]);
    send({ sequence: 9, value: 2 });
    expect(values()).toEqual(["desk 2"]);
  });

  it("forgets a source that says it ends", () => {
    const { table, send, values } = aTable();
    send({ sequence: 1 });

    table.ended(1, "desk");

    expect(values()).toEqual([]);
  });

  it("takes nothing from universes that nobody asked for, and a bounded number of sources", () => {
    const { table, send, values } = aTable();
    send({ sequence: 1, universe: 2 });
    for (let i = 0; i < 1000; i++) send({ sequence: 1, source: `stranger ${i}` });

    expect(table.universe(2)).toEqual([]);
    expect(values().length).toBe(32);
  });
});

describe("order of packets", () => {
  it("sACN: 1 to 20 numbers back are late, further back is a new beginning", () => {
    expect([1, 0, -1, -19, -20, -100].map((step) => inSacnOrder((100 + step) & 255, 100))).toEqual([
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(inSacnOrder(2, 250)).toBe(true);
  });

  it("Art-Net: 0 is not counted, and 255 is followed by 1", () => {
    expect([inArtnetOrder(0, 9), inArtnetOrder(9, 0), inArtnetOrder(1, 255), inArtnetOrder(10, 9)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([inArtnetOrder(9, 9), inArtnetOrder(8, 9), inArtnetOrder(255, 1), inArtnetOrder(1, 200)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
