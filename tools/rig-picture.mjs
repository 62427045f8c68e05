#!/usr/bin/env node
/**
 * Draws what a rig sends over one bar: time across, a row per lamp, in the colours of the bytes.
 *
 *     node tools/rig-picture.mjs [--rig examples/rigs/pars-and-strip.yaml] [--out docs/images/rig-one-bar.svg] [--bpm 128]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { createShow, loadProfiles, RigConfig } from "../firmware-bridge/dist/show/index.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RATE = 44;
const [LEFT, TOP, WIDTH, ROW, GAP] = [110, 64, 760, 30, 6];
/** Rows that a strip of many pixels gets, and how high each is. */
const MOST_ROWS = 48;
const PIXEL_ROW = 3;

/** The rig's bytes over one bar after a lead-in, so that what came before does not matter. */
export async function framesOf(path, { bpm = 128, beatsPerBar = 4, startBar = 2 } = {}) {
  const config = RigConfig.parse(parse(readFileSync(path, "utf8")).rig);
  const show = createShow(config, { loadProfile: await loadProfiles(config, { folder: dirname(path) }) });
  const length = (beatsPerBar * 60) / bpm;
  const frames = [];
  for (const at of instantsOf({ until: 2 * length, beat: 60 / bpm })) {
    const beats = (startBar - 1) * beatsPerBar + (at * bpm) / 60;
    // On the beat means on it, whatever the last digit of a division is.
    const whole = Math.abs(beats - Math.round(beats)) < 1e-9 ? Math.round(beats) : beats;
    show.render({
      at,
      beatPosition: whole,
      beatPhase: whole % 1,
      barPhase: whole % beatsPerBar,
      beatsPerBar,
      bar: Math.floor(whole / beatsPerBar),
      bpm,
      confidence: 1,
      energy: { low: 0.8, mid: 0.6, high: 0.5 },
      mode: "following",
      level: 1,
    });
    const since = (at - length) / length;
    if (since > -1e-9 && since < 1 - 1e-9) frames.push({ since: Math.max(0, since), fixtures: show.fixtures() });
  }
  return { frames, look: show.look, bpm, beatsPerBar };
}

/** As outputs ask: at their frame rate, and at every beat. */
function instantsOf({ until, beat }) {
  const steady = Array.from({ length: Math.ceil(until * RATE) }, (_, frame) => frame / RATE);
  const beats = Array.from({ length: Math.ceil(until / beat) }, (_, index) => index * beat);
  return [...new Set([...steady, ...beats])].sort((a, b) => a - b);
}

const hex = ([red, green, blue]) =>
  `#${[red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("")}`;

/** One line of rectangles for a lamp; neighbours of one colour become one. */
function stripe({ frames, colorAt, y, height }) {
  const runs = [];
  for (const frame of frames) {
    const color = hex(colorAt(frame));
    if (runs.at(-1)?.color === color) continue;
    runs.push({ color, since: frame.since });
  }
  return runs
    .map(({ color, since }, index) => {
      const x = LEFT + since * WIDTH;
      const end = LEFT + (runs[index + 1]?.since ?? 1) * WIDTH;
      return `<rect x="${x.toFixed(1)}" y="${y}" width="${(end - x + 0.3).toFixed(1)}" height="${height}" fill="${color}"/>`;
    })
    .join("");
}

function rowsOf({ frames }) {
  let y = TOP;
  const rows = [];
  for (const [index, { name, colors }] of (frames[0]?.fixtures ?? []).entries()) {
    const cells = colors.length / 3;
    const drawn = Math.min(cells, MOST_ROWS);
    const height = cells === 1 ? ROW : PIXEL_ROW;
    const top = y;
    for (let row = 0; row < drawn; row++) {
      const cell = Math.floor((row * cells) / drawn);
      const colorAt = (frame) => frame.fixtures[index].colors.slice(3 * cell, 3 * cell + 3);
      rows.push(stripe({ frames, colorAt, y, height }));
      y += height;
    }
    const note = cells === 1 ? name : `${name} (${cells})`;
    rows.push(`<text x="${LEFT - 12}" y="${(top + y) / 2 + 5}" text-anchor="end">${note}</text>`);
    y += GAP;
  }
  return { rows, bottom: y - GAP };
}

export function drawRig(shown, title) {
  const { rows, bottom } = rowsOf(shown);
  const beats = Array.from({ length: shown.beatsPerBar + 1 }, (_, beat) => {
    const x = LEFT + (beat / shown.beatsPerBar) * WIDTH;
    const label = beat < shown.beatsPerBar ? `<text x="${x + 4}" y="${TOP - 10}">beat ${beat + 1}</text>` : "";
    return `<line x1="${x}" x2="${x}" y1="${TOP - 22}" y2="${bottom + 6}" stroke="#8a8f98" stroke-dasharray="2 3"/>${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 24} ${bottom + 24}" font-family="sans-serif" font-size="14" fill="#c9ced6" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#14161a"/>
<text x="${LEFT}" y="24" font-size="15">${title}</text>
${rows.join("\n")}
${beats.join("\n")}
</svg>
`;
}

async function main() {
  const { values } = parseArgs({
    options: {
      rig: { type: "string", default: `${ROOT}examples/rigs/pars-and-strip.yaml` },
      out: { type: "string", default: `${ROOT}docs/images/rig-one-bar.svg` },
      bpm: { type: "string", default: "128" },
    },
  });
  const shown = await framesOf(values.rig, { bpm: Number(values.bpm) });
  const title = `${relative(ROOT, values.rig)}, look “${shown.look}”: one bar at ${shown.bpm} BPM, as sent`;
  writeFileSync(values.out, drawRig(shown, title));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
