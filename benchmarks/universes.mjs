/**
 * What many universes cost: a process that sends them over sACN (multicast) and Art-Net (unicast), and one that counts what comes.
 *
 *     node benchmarks/universes.mjs [--seconds 20] [--universes 64] [--rate 44]
 *
 * Prints the sender's CPU time (share of one core, process.cpuUsage), packets a second, and what the receiver lost or got in a
 * wrong order. It runs in a network of its own (`unshare --net`, needs root), so that no light nearby sees it. Run
 * `npx tsc --build` first.
 */
import { fork, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    universes: { type: "string", default: "64" },
    rate: { type: "string", default: "44" },
    role: { type: "string", default: "outside" },
    case: { type: "string", default: "" },
  },
});
const SECONDS = Number(values.seconds);
const RATE_HZ = Number(values.rate);
const UNIVERSES = Array.from({ length: Number(values.universes) }, (_, i) => i + 1);
const WARM_UP_S = 2;
const SELF = fileURLToPath(import.meta.url);

const CASES = {
  "sACN, every channel changes": { outputs: ["sacn"], changing: true },
  "sACN with sync, every channel changes": { outputs: ["sacn sync"], changing: true },
  "sACN, nothing changes (keep-alive)": { outputs: ["sacn"], changing: false },
  "Art-Net, every channel changes": { outputs: ["artnet"], changing: true },
  "Art-Net with sync, every channel changes": { outputs: ["artnet sync"], changing: true },
  "Art-Net, nothing changes (keep-alive)": { outputs: ["artnet"], changing: false },
  "both at once, every channel changes": { outputs: ["sacn", "artnet"], changing: true },
  "no output (source and timer alone)": { outputs: [], changing: true },
};

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Universes whose 512 channels all change with every frame, or never. */
function sourceOf(changing) {
  const channels = UNIVERSES.map(() => new Uint8Array(512).fill(1));
  let frame = 0;
  return {
    universes: UNIVERSES,
    beat: () => {},
    channels: (universe) => channels[universe - 1],
    render: () => {
      frame++;
      if (changing) for (const one of channels) one.fill(frame & 255);
    },
  };
}

async function createOutputs(kinds, context) {
  const { createSacnOutput, SacnConfig } = await import("../firmware-bridge/dist/outputs/sacn/index.js");
  const { createArtnetOutput, ArtnetConfig } = await import("../firmware-bridge/dist/outputs/artnet/index.js");
  return kinds.map((kind) => {
    const sync = kind.endsWith("sync");
    if (kind.startsWith("sacn")) {
      const config = SacnConfig.parse({ type: "sacn", frameRateHz: RATE_HZ, syncUniverse: sync ? 7000 : 0 });
      return createSacnOutput(config, context);
    }
    const settings = { type: "artnet", discovery: false, hosts: ["127.0.0.1"], frameRateHz: RATE_HZ };
    return createArtnetOutput(ArtnetConfig.parse({ ...settings, sync: sync ? "unicast" : "off" }), context);
  });
}

async function send() {
  const { outputs: kinds, changing } = CASES[values.case];
  const stateDir = mkdtempSync(join(tmpdir(), "tactus-universes-"));
  const dmx = sourceOf(changing);
  const context = { name: "bench", now: () => performance.now() / 1000, log: console, stateDir, dmx };
  const outputs = await createOutputs(kinds, context);
  for (const output of outputs) await output.start();
  for (const output of outputs) output.mode("following");
  const energy = { low: 0, mid: 0, high: 0 };
  const pose = { at: 0, beatPosition: 0, beatPhase: 0, barPhase: 0, beatsPerBar: 4, bar: 1, bpm: 120, confidence: 1 };
  const full = { ...pose, energy, mode: "following", level: 1 };
  let due = performance.now();
  const turn = () => {
    if (outputs.length === 0) dmx.render(full);
    for (const output of outputs) output.frame(full);
    due += 1000 / RATE_HZ;
    timer = setTimeout(turn, Math.max(0, due - performance.now()));
  };
  let timer = setTimeout(turn, 0);
  await sleep(WARM_UP_S);
  const before = { cpu: process.cpuUsage(), at: performance.now(), sent: sentBy(outputs) };
  await sleep(SECONDS);
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.at) / 1000;
  const sent = sentBy(outputs) - before.sent;
  clearTimeout(timer);
  for (const output of outputs) await output.stop();
  rmSync(stateDir, { recursive: true });
  const errors = outputs.reduce((sum, output) => sum + output.health().errors, 0);
  process.send({ share: (user + system) / 1e6 / seconds, perSecond: sent / seconds, total: sentBy(outputs), errors });
}

const sentBy = (outputs) => outputs.reduce((sum, output) => sum + output.health().sent, 0);

/** Counts packets, and sequence numbers that do not follow their universe's last one. */
async function receive() {
  const { decodeSacn, multicastAddress } = await import("../firmware-bridge/dist/outputs/sacn/sacn-packet.js");
  const { decodeArtnet } = await import("../firmware-bridge/dist/outputs/artnet/artnet-packet.js");
  const [last, counts] = [new Map(), { packets: 0, wrong: 0 }];
  const count = (key, sequence, follows) => {
    const known = last.get(key);
    if (known !== undefined && !follows(known, sequence)) counts.wrong++;
    last.set(key, sequence);
  };
  const ports = { 5568: (bytes) => decodeSacn(bytes), 6454: (bytes) => decodeArtnet(bytes) };
  for (const [port, decode] of Object.entries(ports)) {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
    socket.on("message", (bytes) => {
      const packet = decode(bytes);
      counts.packets++;
      // The first packet of a stream that nobody remembers is sent twice, 64 numbers apart.
      if (packet?.kind === "data") count(packet.universe, packet.sequence, (a, b) => [1, 64].includes((b - a) & 255));
      if (packet?.kind === "dmx") count(-packet.universe, packet.sequence, (a, b) => b === (a % 255) + 1);
    });
    socket.bind(Number(port));
    await once(socket, "listening");
    if (port === "5568")
      for (const universe of [...UNIVERSES, 7000, 64214]) socket.addMembership(multicastAddress(universe));
  }
  process.on("message", () => {
    process.send({ ...counts });
    Object.assign(counts, { packets: 0, wrong: 0 });
    last.clear();
  });
  process.send("listening");
}

const child = (role, more = []) => {
  const size = ["--seconds", values.seconds, "--universes", values.universes, "--rate", values.rate];
  return fork(SELF, ["--role", role, ...size, ...more]);
};

async function inside() {
  const receiver = child("receiver");
  await once(receiver, "message");
  console.log(`${UNIVERSES.length} universes at ${RATE_HZ} frames a second, ${SECONDS} s each`);
  for (const name of Object.keys(CASES)) {
    const sender = child("sender", ["--case", name]);
    const [{ share, perSecond, total, errors }] = await once(sender, "message");
    await sleep(0.5);
    receiver.send("count");
    const [{ packets, wrong }] = await once(receiver, "message");
    const cpu = `${(share * 100).toFixed(1)} % of one core`;
    const figures = `${cpu}, ${Math.round(perSecond)} packets/s, ${total - packets} lost, ${wrong} out of order`;
    console.log(`${name.padEnd(42)} ${figures}${errors ? `, ${errors} errors` : ""}`);
  }
  receiver.kill();
}

/** 20 groups for a socket are Linux's default: the network of its own allows more. */
function outside() {
  const setUp = [
    "ip link set lo up",
    "ip route add 224.0.0.0/4 dev lo",
    "echo 4096 > /proc/sys/net/ipv4/igmp_max_memberships",
    'exec "$@"',
  ].join(" && ");
  const args = ["--net", "sh", "-c", setUp, "sh", process.execPath, SELF, "--role", "inside", ...process.argv.slice(2)];
  const { status, error } = spawnSync("unshare", args, { stdio: "inherit" });
  if (error) console.error(`A network of its own cannot be made: ${error.message}`);
  process.exitCode = status ?? 1;
}

process.once("disconnect", () => process.exit());
await { outside, inside, sender: send, receiver: receive }[values.role]();
if (values.role === "sender") process.disconnect();
