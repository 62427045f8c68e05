/** The bar, one field per beat: each lights up in the frame in which its beat falls. */
import { useRef, useState } from "react";
import type { BarPosition } from "../beat-line.js";
import { useFrame } from "../context.js";
import { messages } from "../messages.js";
import type { Room } from "../room.js";

/** How fast a field darkens again, and how much of the light stays until the next beat. */
const FADE_S = 0.2;
const AFTERGLOW = 0.16;

export interface BarViewProps {
  room: Room;
  /** Said instead of the beat while nothing falls. */
  restReason: string;
}

export function BarView({ room, restReason }: BarViewProps) {
  const [beatsPerBar, setBeatsPerBar] = useState(4);
  const fields = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const text = useRef<HTMLParagraphElement>(null);

  useFrame((cloudUs) => {
    const position = room.beats.position(cloudUs);
    if (position && position.beat.beatsPerBar !== beatsPerBar) setBeatsPerBar(position.beat.beatsPerBar);
    if (fields.current) lightFields(fields.current, position, cloudUs);
    if (head.current) moveHead(head.current, position);
    if (text.current) say(text.current, position ? beatText(position) : restReason);
  });

  return (
    <div className="bar-view">
      <div ref={fields} className="bar-fields" aria-hidden="true">
        {Array.from({ length: beatsPerBar }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a field is its number
          <span key={index} className={index === 0 ? "field field-down" : "field"}>
            {index + 1}
          </span>
        ))}
        <div ref={head} className="bar-head" />
      </div>
      <p ref={text} className="bar-text" data-testid="beat-text" />
    </div>
  );
}

function beatText({ beat }: BarPosition): string {
  return messages.device.bar(beat.bar, beat.beatInBar, beat.beatsPerBar);
}

function lightFields(fields: HTMLElement, position: BarPosition | undefined, cloudUs: number): void {
  const since = position ? (cloudUs - position.beat.dueUs) / 1_000_000 : 0;
  const light = position ? AFTERGLOW + (1 - AFTERGLOW) * Math.exp(-since / FADE_S) : 0;
  const place = position?.beat.beatInBar ?? -1;
  [...fields.querySelectorAll<HTMLElement>(".field")].forEach((field, index) => {
    // Without a known downbeat every field shows the beat, faintly.
    const own = place === 0 ? light * 0.5 : place === index + 1 ? light : 0;
    field.style.setProperty("--lit", own.toFixed(3));
  });
}

function moveHead(head: HTMLElement, position: BarPosition | undefined): void {
  const known = position !== undefined && position.beat.beatInBar > 0;
  head.style.opacity = known ? "1" : "0";
  if (!known) return;
  const { beat, phase } = position;
  head.style.transform = `translateX(${(((beat.beatInBar - 1 + phase) / beat.beatsPerBar) * 100).toFixed(3)}%)`;
}

function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
