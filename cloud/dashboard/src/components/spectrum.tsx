/** How loud the room is and where the sound lies: it moves with the frames, not with the messages. */
import { useRef } from "react";
import { useFrame } from "../context.js";
import { messages } from "../messages.js";
import type { Room } from "../room.js";
import { Panel } from "./panel.js";

const BANDS = 16;
const FLOOR_DB = -60;
/** Without news for so long, the bars go down. */
const STALE_US = 1_500_000;
/** Part of the way to its new height that a bar goes per frame: up at once, down gently. */
const RISE = 0.55;
const FALL = 0.12;

export function Spectrum({ room }: { room: Room }) {
  const heights = useRef<number[]>(new Array<number>(BANDS + 2).fill(0));
  const bars = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLDivElement>(null);
  const number = useRef<HTMLElement>(null);

  useFrame((cloudUs) => {
    const levels = room.levels;
    const fresh = levels && cloudUs - levels.atUs < STALE_US ? levels.message : undefined;
    const wanted = [...(fresh?.bands ?? []), shareOf(fresh?.rmsDb), shareOf(fresh?.peakDb)];
    heights.current = heights.current.map((height, index) => {
      const goal = wanted[index] ?? 0;
      return height + (goal - height) * (goal > height ? RISE : FALL);
    });
    draw(bars.current, meter.current, heights.current);
    const text = fresh ? `${fresh.rmsDb.toFixed(0)} dB` : "–";
    if (number.current && number.current.textContent !== text) number.current.textContent = text;
  });

  const { title, level, spectrum } = messages.device.levels;
  return (
    <Panel title={title} area="levels" aside={<b ref={number} className="number" />}>
      <div ref={meter} className="meter" role="img" aria-label={level}>
        <i className="meter-rms" />
        <i className="meter-peak" />
      </div>
      <div ref={bars} className="spectrum" role="img" aria-label={spectrum}>
        {Array.from({ length: BANDS }, (_, band) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a band is its number
          <i key={band} />
        ))}
      </div>
    </Panel>
  );
}

const shareOf = (db: number | undefined): number => (db === undefined ? 0 : Math.max(0, 1 - db / FLOOR_DB));

function draw(bars: HTMLElement | null, meter: HTMLElement | null, heights: readonly number[]): void {
  [...(bars?.children ?? [])].forEach((bar, band) => {
    (bar as HTMLElement).style.transform = `scaleY(${Math.max(0.015, heights[band] ?? 0).toFixed(3)})`;
  });
  const [rms, peak] = [...(meter?.children ?? [])] as HTMLElement[];
  if (rms) rms.style.clipPath = `inset(0 ${(100 - (heights[BANDS] ?? 0) * 100).toFixed(2)}% 0 0)`;
  if (peak) peak.style.transform = `translateX(${((heights[BANDS + 1] ?? 0) * 100).toFixed(2)}%)`;
}
