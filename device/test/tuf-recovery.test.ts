/** What a box does about slow, broken and lost things on the way to a signed model, and about new keys. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openCloudFetch } from "../src/identity/cloud-fetch.js";
import { cloudTransport } from "../src/update/cloud-transport.js";
import { copyFolder, Forge, type Signed, tactusModels, writeBundle } from "./signed-repository.js";
import { hashesIn, MadeRepository, OTHER, TufBox } from "./tuf-box.js";

// Each ceremony is a process of its own, and opening a key is slow on purpose.
const CEREMONY_MS = 400_000;
const made = new MadeRepository();
let box: TufBox;

beforeAll(() => made.start(), 400_000);
afterAll(() => made.stop());
beforeEach(async () => {
  box = new TufBox(made);
  await box.start();
});
afterEach(() => box.stop());

test("slow retrieval ends: nothing at all, and drop by drop", async () => {
  await box.take("1.0.0");
  box.server.trick = (path, response) =>
    path.endsWith("timestamp.json") && Boolean(response.writeHead(200).flushHeaders() ?? true);
  expect(await box.outcome(OTHER, { stallMs: 300 })).toMatch(/^unavailable: slow-retrieval: .*nothing for 0.3 s/);

  box.server.trick = (path, response) => {
    if (!path.endsWith(".beat.onnx")) return false;
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
    return true;
  };
  expect(await box.outcome(OTHER, { graceMs: 300 })).toMatch(/^unavailable: slow-retrieval: .*bytes\/s/);

  box.server.trick = undefined;
  expect(await box.outcome(OTHER)).toBe("accepted");
});

test("a box without the time of day checks nothing and says so", async () => {
  expect(await box.outcome("1.0.0", { isClockTrusted: false })).toMatch(/clock of this box is not synchronised/);
  expect(box.server.asked).toEqual([]);
});

test(
  "fast forward is recovered from by new keys for timestamp and snapshot",
  async () => {
    const copy = join(box.dir, "ceremony");
    await copyFolder(made.dir, copy);
    await box.take("1.0.0");
    const far = (signed: Signed) => void Object.assign(signed, { version: 2 ** 40 });
    box.server.forge.release({ snapshot: far, timestamp: far });
    expect(await box.outcome("1.0.0")).toBe("accepted");

    box.server.forge = await Forge.open(copy);
    expect(await box.outcome(OTHER)).toBe("rollback");

    const place = ["--keys", join(copy, "keys"), "--repo", join(copy, "repo")];
    await tactusModels("rotate-key", "timestamp", ...place);
    await tactusModels("rotate-key", "snapshot", ...place);
    box.server.forge = await Forge.open(copy);
    expect(await box.outcome(OTHER)).toBe("accepted");
  },
  CEREMONY_MS,
);

test(
  "a box that slept through many new roots follows the chain, and a missing one stops it",
  async () => {
    const copy = join(box.dir, "ceremony");
    await copyFolder(made.dir, copy);
    const place = ["--keys", join(copy, "keys"), "--repo", join(copy, "repo")];
    for (const role of ["root", "targets"]) await tactusModels("rotate-key", role, ...place);
    await writeBundle(join(copy, "2.0.0"), "2.0.0");
    await tactusModels("sign", join(copy, "2.0.0"), ...place);
    box.server.forge = await Forge.open(copy);
    box.server.forge.files.delete("metadata/2.root.json");
    expect(await box.outcome("2.0.0")).toBe("unsigned");

    box.server.forge = await Forge.open(copy);
    expect(await box.outcome("2.0.0")).toBe("accepted");
    expect(await box.model()).toEqual(await hashesIn(join(copy, "2.0.0")));
  },
  CEREMONY_MS,
);

test(
  "without a root at hand the first one of the repository is trusted, unless something is wrong with it",
  async () => {
    box.server.trick = (path, response) =>
      path.endsWith("timestamp.json") && Boolean(response.writeHead(200).end("{}"));
    expect(await box.outcome("1.0.0", { rootFiles: [] })).toBe("malformed");
    expect(await readdir(join(box.dir, "state/tuf/trusted"))).toEqual([]);
    box.server.trick = undefined;

    expect(await box.outcome("1.0.0", { rootFiles: [] })).toBe("accepted");

    const stranger = join(box.dir, "stranger");
    await tactusModels("init", "--keys", join(stranger, "keys"), "--repo", join(stranger, "repo"));
    box.server.forge = await Forge.open(stranger);
    expect(await box.outcome("1.0.0", { rootFiles: [] })).toBe("unsigned");
  },
  CEREMONY_MS,
);

test("a broken download goes on where it broke off, and wrong bytes in it are not built upon", async () => {
  const cutAt = 20_000;
  const breakOff = (bytes: Buffer | undefined) => {
    box.server.trick = (path, response) => {
      if (!path.endsWith(".beat.onnx")) return false;
      const content = bytes ?? (box.server.forge.files.get(path) as Buffer).subarray(0, cutAt);
      response
        .writeHead(200, { "content-length": "60000" })
        .write(content, () => setTimeout(() => response.destroy(), 50));
      return true;
    };
  };
  breakOff(undefined);
  expect(await box.outcome("1.0.0")).toMatch(/^unavailable/);
  const ranges: (string | undefined)[] = [];
  box.server.trick = (path, _response, request) => {
    if (path.endsWith(".beat.onnx")) ranges.push(request.headers.range);
    return false;
  };
  expect(await box.outcome("1.0.0")).toBe("accepted");
  expect(ranges).toEqual([`bytes=${cutAt}-`]);

  breakOff(Buffer.alloc(cutAt, 9));
  expect(await box.outcome(OTHER)).toMatch(/^unavailable/);
  box.server.trick = undefined;
  expect(await box.outcome(OTHER)).toBe("accepted");
});

test("the state on disk at every request is one to go on from", async () => {
  await box.take("1.0.0");
  box.server.forge.release();
  const states: string[] = [];
  box.server.trick = (_path, response, request) => {
    if (request.headers["x-again"]) return false;
    const state = join(box.dir, `state-${states.length}`);
    states.push(state);
    copyFolder(join(box.dir, "state"), state).then(() => {
      const path = decodeURIComponent(request.url ?? "").replace("/api/v1/tuf/", "");
      const content = box.server.forge.files.get(path);
      response.writeHead(content ? 200 : 404).end(content);
    });
    return true;
  };
  await box.take(OTHER);
  box.server.trick = undefined;

  expect(states.length).toBeGreaterThan(6);
  for (const stateDir of states) {
    await writeFile(join(stateDir, "tuf/refresh.torn"), "{");
    expect(await box.outcome("1.0.0", { stateDir })).toBe("accepted");
  }
});

test("a damaged root on disk begins again from the one that was handed out", async () => {
  await box.take("1.0.0");
  await writeFile(join(box.dir, "state/tuf/trusted/root.json"), '{"sign');
  await writeFile(join(box.dir, "state/tuf/trusted/timestamp.json"), "");

  expect(await box.outcome(OTHER)).toBe("accepted");
});

test("the box's own way to its cloud brings models too, from the beginning where it broke off", async () => {
  const access = () => ({
    httpUrl: box.server.url,
    username: "club.booth",
    password: "secret",
    ca: undefined,
    floorMs: 0,
  });
  const transport = cloudTransport(openCloudFetch({ access }));
  expect(await box.take("1.0.0", { transport })).toEqual(await made.hashes("1.0.0"));

  const asked: (string | undefined)[] = [];
  box.server.trick = (path, response, request) => {
    if (!path.endsWith(".beat.onnx")) return false;
    asked.push(request.headers.range);
    if (asked.length > 1) return false;
    const content = (box.server.forge.files.get(path) as Buffer).subarray(0, 20_000);
    response
      .writeHead(200, { "content-length": "60000" })
      .write(content, () => setTimeout(() => response.destroy(), 50));
    return true;
  };
  expect(await box.outcome(OTHER, { transport })).toMatch(/^unavailable/);
  expect(await box.outcome(OTHER, { transport })).toBe("accepted");
  expect(await box.model()).toEqual(await made.hashes(OTHER));
  expect(asked).toEqual([undefined, undefined]);
  expect(await box.outcome("1.1.0", { transport })).toBe("revoked");
});

test("a server that knows no ranges sends the whole file again", async () => {
  let isCut = true;
  box.server.trick = (path, response) => {
    if (!path.endsWith(".beat.onnx")) return false;
    const content = box.server.forge.files.get(path) as Buffer;
    if (isCut)
      response
        .writeHead(200, { "content-length": "60000" })
        .write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 50));
    else response.writeHead(200).end(content);
    return true;
  };
  expect(await box.outcome("1.0.0")).toMatch(/^unavailable/);
  isCut = false;
  expect(await box.take("1.0.0")).toEqual(await made.hashes("1.0.0"));
});
