/** Places and bytes into a picture of the rig: housings, the light in its colour, beams where they point. */
import type { DmxFrame } from "./dmx-frame.js";
import { type Rgb, seenAim, seenColour } from "./seen-light.js";
import type { Place, StagePlan } from "./stage-plan.js";

export interface Stage {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

/** Lamps are looked at in the dark, whatever the page's colours are. */
const NIGHT = "#07080a";
const FLOOR = "#12151a";
const HOUSING = "#1d2128";
const RIM = "#39404b";
const NAME = "#aeb4bd";
/** What most moving heads can turn: the bytes say shares of a range, not the range. */
const PAN_RANGE = 3 * Math.PI;
const TILT_RANGE = 1.5 * Math.PI;
const BAR_HEIGHT = 12;
const FLOOR_HEIGHT = 14;
const STRAIGHT_DOWN = { pan: 0.5, tilt: 0.5 };

/** `frame` undefined: only the housings, since nothing is known of the light. */
export function drawStage(stage: Stage, { places, isNamed }: StagePlan, frame: DmxFrame | undefined): void {
  const { context, width, height } = stage;
  context.fillStyle = NIGHT;
  context.fillRect(0, 0, width, height);
  context.fillStyle = FLOOR;
  context.fillRect(0, height - FLOOR_HEIGHT, width, FLOOR_HEIGHT);
  for (const place of places) {
    if (place.width > 0) drawBar(stage, place, frame);
    else drawLamp(stage, place, frame);
  }
  if (!isNamed) return;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillStyle = NAME;
  for (const { lamp, x, y, radius, width: length } of places)
    context.fillText(lamp.name, x, y - (length > 0 ? BAR_HEIGHT / 2 : radius) - 11, 96);
}

function drawLamp({ context, height }: Stage, { lamp, x, y, radius }: Place, frame: DmxFrame | undefined): void {
  const cell = lamp.cells[0];
  const colour = frame && cell ? seenColour(cell, frame) : undefined;
  if (frame && colour && !isDark(colour)) {
    const aim = lamp.pan || lamp.tilt ? seenAim(lamp, frame) : STRAIGHT_DOWN;
    const isHead = aim !== STRAIGHT_DOWN;
    const shape = isHead ? { spread: 0.13, near: radius * 0.7 } : { spread: 0.34, near: radius };
    context.globalCompositeOperation = "lighter";
    if (aim) beam(context, { x, y, ...directionOf(aim, height * (isHead ? 0.72 : 0.55)), ...shape }, colour);
    glow(context, { x, y, radius: radius + 3 }, colour);
    context.globalCompositeOperation = "source-over";
  }
  // On top of all light, so that the middle is exactly the colour of the bytes.
  circle(context, x, y, radius + 3);
  context.fillStyle = HOUSING;
  context.fill();
  context.strokeStyle = RIM;
  context.lineWidth = 1;
  context.setLineDash(colour ? [] : [3, 3]);
  context.stroke();
  context.setLineDash([]);
  if (!colour) return;
  context.fillStyle = css(colour, 1);
  circle(context, x, y, radius);
  context.fill();
}

/** Hanging from above: half of the tilt looks straight down; what comes towards the audience is shortened. */
function directionOf({ pan, tilt }: { pan: number; tilt: number }, length: number): { dx: number; dy: number } {
  const turn = (pan - 0.5) * PAN_RANGE;
  const lean = (tilt - 0.5) * TILT_RANGE;
  return { dx: Math.sin(lean) * Math.cos(turn) * length, dy: Math.cos(lean) * length };
}

interface Beam {
  x: number;
  y: number;
  dx: number;
  dy: number;
  /** Half width at the end as a share of the length. */
  spread: number;
  /** Half width at the lamp. */
  near: number;
}

function beam(context: CanvasRenderingContext2D, { x, y, dx, dy, spread, near }: Beam, colour: Rgb): void {
  const length = Math.max(1, Math.hypot(dx, dy));
  const [sideX, sideY] = [-dy / length, dx / length];
  const far = near + length * spread;
  const light = context.createLinearGradient(x, y, x + dx, y + dy);
  light.addColorStop(0, shine(colour, 0.36));
  light.addColorStop(1, shine(colour, 0));
  context.fillStyle = light;
  context.beginPath();
  context.moveTo(x + sideX * near, y + sideY * near);
  context.lineTo(x + dx + sideX * far, y + dy + sideY * far);
  context.lineTo(x + dx - sideX * far, y + dy - sideY * far);
  context.lineTo(x - sideX * near, y - sideY * near);
  context.fill();
}

function glow(context: CanvasRenderingContext2D, { x, y, radius }: Pick<Place, "x" | "y" | "radius">, colour: Rgb) {
  const light = context.createRadialGradient(x, y, radius, x, y, radius * 3);
  light.addColorStop(0, shine(colour, 0.5));
  light.addColorStop(1, shine(colour, 0));
  context.fillStyle = light;
  circle(context, x, y, radius * 3);
  context.fill();
}

function drawBar({ context }: Stage, { lamp, x, y, width }: Place, frame: DmxFrame | undefined): void {
  const left = x - width / 2;
  const each = width / lamp.cells.length;
  context.fillStyle = HOUSING;
  context.fillRect(left - 3, y - BAR_HEIGHT / 2 - 3, width + 6, BAR_HEIGHT + 6);
  if (!frame) return;
  const gap = each > 5 ? 1 : 0;
  for (const [index, cell] of lamp.cells.entries()) {
    const colour = seenColour(cell, frame);
    if (!colour) continue;
    // Whole pixels: half ones would show as dark seams.
    const from = Math.round(left + index * each);
    const wide = Math.max(1, Math.round(left + (index + 1) * each) - from);
    context.fillStyle = css(colour, 1);
    context.fillRect(from, y - BAR_HEIGHT / 2, wide - gap, BAR_HEIGHT);
    if (isDark(colour)) continue;
    context.globalCompositeOperation = "lighter";
    context.fillStyle = shine(colour, 0.16);
    context.fillRect(from, y + BAR_HEIGHT / 2 + 3, wide, BAR_HEIGHT * 1.6);
    context.fillRect(from, y - BAR_HEIGHT * 2.1 - 3, wide, BAR_HEIGHT * 1.6);
    context.globalCompositeOperation = "source-over";
  }
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

const css = ([red, green, blue]: Rgb, alpha: number): string => `rgb(${red} ${green} ${blue} / ${alpha})`;
/** Light around a lamp, which the eye sees a little brighter than it is. */
function shine(colour: Rgb, alpha: number): string {
  const most = Math.max(1, ...colour);
  const [red, green, blue] = colour.map((part) => Math.round((part / most) * 255));
  return `rgb(${red} ${green} ${blue} / ${(alpha * (most / 255) ** 0.85).toFixed(3)})`;
}

const isDark = (colour: Rgb): boolean => Math.max(...colour) < 2;
