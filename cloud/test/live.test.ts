import { setTimeout as sleep } from "node:timers/promises";
import type { ServerMessage } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { LiveClient } from "./live-client.js";
import { SimulatedDevice } from "./simulated-device.js";

const connected = async (cloud: CloudUnderTest, device = "box") => {
  const simulated = new SimulatedDevice({ cloud, device });
  await simulated.connect();
  return simulated;
};
const inOneSecond = () => (Date.now() + 1000) * 1000;

describe("live WebSocket", () => {
  it("greets with every device and passes beats on to who watches the device", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      await eventually(() => cloud.board.detail(device.id)?.status, "the device is known");
      const page = await new LiveClient(cloud.url).open();
      const hello = await page.first("hello");

      page.say({ type: "watch", devices: [device.id] });
      await page.first("watching");
      const beat = device.prediction(3, inOneSecond());
      await device.say("beat", beat);
      const event = await page.first("beat");

      expect(hello.devices.map(({ id, state }) => [id, state])).toEqual([[device.id, "online"]]);
      expect(hello.writeToken).toBe("not-needed");
      expect(event.device).toBe(device.id);
      expect(event.data).toEqual(beat);
      expect(event.skewUs).toBe(0);
      page.close();
      await device.disconnect();
    });
  });

  it("sends the overview of every device to everybody, and details only to those who watch", async () => {
    await withCloud(async (cloud) => {
      const [left, right] = [await connected(cloud, "left"), await connected(cloud, "right")];
      const page = await new LiveClient(cloud.url).open();
      page.say({ type: "watch", devices: [left.id] });
      await page.first("watching");

      await right.say("beat", right.prediction(0, inOneSecond()));
      await right.say("tempo", { v: 1, bpm: 99, state: "tracking" });
      await left.say("beat", left.prediction(0, inOneSecond()));
      await page.first("tempo", (event) => event.device === right.id);
      await page.first("beat");

      expect(page.all("beat").map((event) => event.device)).toEqual([left.id]);
      page.close();
      await Promise.all([left.disconnect(), right.disconnect()]);
    });
  });

  it("says that a device is gone when its connection breaks", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const page = await new LiveClient(cloud.url).open();
      await page.first("hello");

      device.vanish();
      const event = await page.first("status", ({ data }) => data.state === "offline");

      expect(event.data.session).toBe(device.session);
      expect((await cloud.device(device.id)).state).toBe("offline");
      page.close();
    });
  });

  it("believes no last will of an earlier session", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const earlier = { ...device.status("offline"), session: "earlier", sessionNumber: 0 };
      await device.say("status", earlier, { qos: 1 });
      await device.say("tempo", { v: 1, bpm: 100, state: "tracking" });
      await eventually(() => cloud.board.detail(device.id)?.tempo, "the later message");

      expect((await cloud.device(device.id)).state).toBe("online");
      await device.disconnect();
    });
  });

  it("answers clock pings with its own two stamps", async () => {
    await withCloud(async (cloud) => {
      const page = await new LiveClient(cloud.url).open();
      const before = Date.now() * 1000;
      page.say({ type: "ping", sentAtUs: 12_345.5 });
      const pong = await page.first("pong");

      expect(pong.pingSentAtUs).toBe(12_345.5);
      expect(pong.receivedAtUs).toBeGreaterThanOrEqual(before - 2000);
      expect(pong.sentAtUs).toBeGreaterThanOrEqual(pong.receivedAtUs);
      page.close();
    });
  });

  it("answers nonsense with a problem and goes on", async () => {
    await withCloud(async (cloud) => {
      const page = await new LiveClient(cloud.url).open();
      for (const text of ["", "{", "[]", '{"type":"explode"}', '{"type":"watch","devices":7}']) page.sayRaw(text);
      await eventually(() => page.all("problem").length === 5, "five problems");
      page.say({ type: "ping", sentAtUs: 1 });

      expect((await page.first("pong")).pingSentAtUs).toBe(1);
      expect(page.all("problem")[0]?.problem.status).toBe(400);
      page.close();
    });
  });

  it("refuses a WebSocket that a foreign page opens", async () => {
    await withCloud(async (cloud) => {
      const foreign = new LiveClient(cloud.url, { origin: "https://example.org" });
      await expect(foreign.open()).rejects.toThrow("HTTP 403");
    });
  });

  it("tells a page how to read the stamps of a device whose clock is wrong", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const page = await new LiveClient(cloud.url).open();
      page.say({ type: "watch", devices: "*" });
      await page.first("watching");

      const tenMinutes = 600_000_000;
      for (let index = 0; index < 5; index++) {
        const beat = device.prediction(index, inOneSecond());
        await device.say("beat", { ...beat, dueAtUs: beat.dueAtUs - tenMinutes });
      }
      await eventually(() => page.all("beat").length === 5, "five beats");

      const skewMs = (page.all("beat").at(-1)?.skewUs ?? 0) / 1000;
      expect(skewMs).toBeGreaterThan(600_000 - 50);
      expect(skewMs).toBeLessThan(600_000 + 5000);
      page.close();
      await device.disconnect();
    });
  });
});

describe("server-sent events", () => {
  it("carry the same events as the WebSocket", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const stream = new EventStream(`${cloud.url}/api/v1/events?watch=${device.id}`);
      await stream.open();
      await eventually(() => stream.events.find(({ type }) => type === "hello"), "the greeting");

      const beat = device.prediction(0, inOneSecond());
      await device.say("beat", beat);
      await device.say("tempo", { v: 1, bpm: 128.5, state: "tracking" });
      await eventually(() => stream.events.find(({ type }) => type === "tempo"), "the tempo");

      expect(stream.events.map(({ type }) => type)).toEqual(["hello", "beat", "tempo"]);
      expect(stream.events[1]).toMatchObject({ device: device.id, data: beat });
      stream.close();
      await device.disconnect();
    });
  });

  it("are refused for a watch list that is none", async () => {
    await withCloud(async (cloud) => {
      const response = await fetch(`${cloud.url}/api/v1/events?watch=${"x".repeat(200)}`);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ field: "watch" });
    });
  });
});

describe("a listener that does not keep up", () => {
  it("does not hold up the others and ends at the newest state", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const slow = new EventStream(`${cloud.url}/api/v1/events?watch=*`);
      await slow.open({ paused: true });
      const quick = await new LiveClient(cloud.url).open();
      quick.say({ type: "watch", devices: "*" });
      await quick.first("watching");

      const filling = { ...device.telemetry() };
      for (let index = 0; index < 400; index++) {
        await device.say("telemetry", { ...filling, hops: index });
        const padding = Array.from({ length: 100 }, () => 0.123456789);
        await device.say("activation", { v: 1, fromUs: 1 + index, fps: 50, beat: padding, downbeat: padding });
      }
      await quick.first("telemetry", ({ data }) => data.hops === 399);
      slow.resume();
      await eventually(
        () => slow.events.some((event) => event.type === "telemetry" && event.data.hops === 399),
        "newest",
      );
      slow.close();
      quick.close();
      await device.disconnect();
    });
  });
});

/** Reads text/event-stream by hand, and may stop reading. */
class EventStream {
  readonly events: ServerMessage[] = [];
  readonly #url: string;
  readonly #abort = new AbortController();
  #go: () => void = () => {};

  constructor(url: string) {
    this.#url = url;
  }

  async open({ paused = false } = {}): Promise<void> {
    const response = await fetch(this.#url, { signal: this.#abort.signal });
    const gate = paused
      ? new Promise<void>((resolve) => {
          this.#go = resolve;
        })
      : Promise.resolve();
    void gate.then(() => this.#read(response)).catch(() => {});
  }

  resume(): void {
    this.#go();
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block
          .split("\n")
          .find((line) => line.startsWith("data: "))
          ?.slice(6);
        if (data) this.events.push(JSON.parse(data) as ServerMessage);
      }
      await sleep(0);
    }
  }
}
