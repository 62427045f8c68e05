/** The last seconds and the next one: what the model heard, which beats fell, which are coming. */
import { messages } from "../messages.js";
import type { Room } from "../room.js";
import { Canvas, type Picture } from "./canvas.js";

const PAST_US = 4_000_000;
const AHEAD_US = 1_000_000;
/** Room for the numbers below the curves. */
const FOOT = 20;

export function BeatStrip({ room }: { room: Room }) {
  const { strip } = messages.device;
  return (
    <div className="strip">
      <Canvas className="strip-canvas" label={strip.label} draw={(picture) => drawStrip(picture, room)} />
      <ul className="legend" aria-hidden="true">
        {strip.legend.map((text, index) => (
          <li key={text} className={`legend-${index}`}>
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function drawStrip(picture: Picture, room: Room): void {
  drawFloor(picture);
  drawActivation(picture, room, 1, picture.palette.beat);
  drawActivation(picture, room, 2, picture.palette.down);
  drawExpected(picture, room);
  drawBeats(picture, room);
  drawNow(picture);
}

const xOf = ({ width, cloudUs }: Picture, atUs: number): number =>
  ((atUs - cloudUs + PAST_US) / (PAST_US + AHEAD_US)) * width;

function drawFloor({ context, width, height, palette }: Picture): void {
  context.fillStyle = palette.line;
  context.fillRect(0, height - FOOT, width, 1);
}

/** `column`: 1 = beat, 2 = downbeat. */
function drawActivation(picture: Picture, room: Room, column: 1 | 2, stroke: string): void {
  const { context, height, cloudUs } = picture;
  const rows = room.activation.since(cloudUs - PAST_US - 100_000);
  const floor = height - FOOT;
  const path = new Path2D();
  let lastX = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const x = xOf(picture, row[0] ?? 0);
    const y = floor - (row[column] ?? 0) * (floor - 12);
    if (x - lastX > 40) {
      if (lastX > 0) path.lineTo(lastX, floor);
      path.moveTo(x, floor);
    }
    path.lineTo(x, y);
    lastX = x;
  }
  if (rows.length > 0) path.lineTo(lastX, floor);
  context.globalAlpha = column === 1 ? 0.16 : 0.12;
  context.fillStyle = stroke;
  context.fill(path);
  context.globalAlpha = column === 1 ? 0.75 : 0.6;
  context.strokeStyle = stroke;
  context.lineWidth = 1.25;
  context.stroke(path);
  context.globalAlpha = 1;
}

function drawBeats(picture: Picture, room: Room): void {
  const { context, height, palette, cloudUs } = picture;
  context.textAlign = "center";
  context.font = "600 11px system-ui, sans-serif";
  for (const beat of room.beats.between(cloudUs - PAST_US, cloudUs + AHEAD_US)) {
    const x = xOf(picture, beat.dueUs);
    const sinceS = (cloudUs - beat.dueUs) / 1_000_000;
    const isComing = sinceS < 0;
    context.globalAlpha = isComing ? 0.9 : Math.max(0.35, 1 - sinceS / 3);
    context.fillStyle = beat.beatInBar === 1 ? palette.down : palette.beat;
    const grow = isComing ? 0 : 3 * Math.exp(-sinceS / 0.15);
    const tall = (height - FOOT - 12) * (0.35 + 0.65 * beat.confidence);
    const wide = (beat.beatInBar === 1 ? 3 : 2) + grow;
    context.fillRect(x - wide / 2, height - FOOT - tall, wide, tall);
    if (beat.beatInBar > 0) context.fillText(String(beat.beatInBar), x, height - 5);
  }
  context.globalAlpha = 1;
}

function drawExpected(picture: Picture, room: Room): void {
  const { context, height, palette, cloudUs } = picture;
  context.fillStyle = palette.muted;
  context.globalAlpha = 0.55;
  for (const { dueUs } of room.beats.expected(cloudUs + 60_000, cloudUs + AHEAD_US)) {
    const x = xOf(picture, dueUs);
    for (let y = 14; y < height - FOOT; y += 8) context.fillRect(x - 0.75, y, 1.5, 3);
  }
  context.globalAlpha = 1;
}

function drawNow(picture: Picture): void {
  const { context, height, palette, cloudUs } = picture;
  const x = xOf(picture, cloudUs);
  context.fillStyle = palette.ink;
  context.fillRect(x - 0.5, 0, 1, height - FOOT);
  context.textAlign = "left";
  context.font = "11px system-ui, sans-serif";
  context.fillText(messages.device.strip.now, x + 5, 10);
}
