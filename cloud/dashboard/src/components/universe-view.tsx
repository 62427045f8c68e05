/** One universe as it is sent: 512 bytes as figures and bars, written only where they change; on demand. */
import { useMemo, useRef, useState } from "react";
import { useFrame } from "../context.js";
import { messages } from "../messages.js";
import type { DmxFrame } from "../rig/dmx-frame.js";

const words = messages.rig.universe;
const CHANNELS = 512;
/** Cells between two numbers at the left. */
const PER_ROW = 16;
/** The first channel of each row, from 0. */
const ROWS = Array.from({ length: CHANNELS / PER_ROW }, (_, row) => row * PER_ROW);

export interface UniverseViewProps {
  universes: readonly number[];
  frame(): DmxFrame | undefined;
}

export function UniverseView(props: UniverseViewProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words.title}</summary>
      {isOpen && <Universe {...props} />}
    </details>
  );
}

function Universe({ universes, frame }: UniverseViewProps) {
  const [chosen, choose] = useState(universes[0] ?? 1);
  const grid = useRef<HTMLDivElement>(null);
  const shown = useRef<(number | undefined)[]>([]);
  useFrame(() => {
    if (grid.current) writeCells(grid.current, frame()?.universes.get(chosen), shown.current);
  });
  const rows = useMemo(() => ROWS.map((first) => <Row key={first} first={first} />), []);
  return (
    <div className="universe">
      <label className="choice">
        {words.choose}
        <select value={chosen} onChange={({ target }) => choose(Number(target.value))}>
          {universes.map((universe) => (
            <option key={universe}>{universe}</option>
          ))}
        </select>
      </label>
      <div ref={grid} className="channels" role="img" aria-label={words.label(chosen, 0)} data-testid="channels">
        {rows}
      </div>
      <p className="hint">{words.numbers}</p>
    </div>
  );
}

function Row({ first }: { first: number }) {
  return (
    <div className="channel-row">
      <b>{first + 1}</b>
      {Array.from({ length: PER_ROW }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a channel is its number
        <i key={index} title={`${first + index + 1}`} />
      ))}
    </div>
  );
}

function writeCells(grid: HTMLElement, bytes: Uint8Array | undefined, shown: (number | undefined)[]): void {
  let lit = 0;
  let index = 0;
  for (const cell of grid.querySelectorAll("i")) {
    const value = bytes?.[index];
    if (value) lit++;
    if (value !== shown[index] || !cell.firstChild) {
      cell.textContent = value === undefined ? "··" : value.toString(16).padStart(2, "0");
      cell.style.setProperty("--value", ((value ?? 0) / 255).toFixed(3));
      cell.className = value ? "lit" : "";
      shown[index] = value;
    }
    index++;
  }
  const label = grid.ariaLabel?.replace(/: \d+/, `: ${lit}`);
  if (label && label !== grid.ariaLabel) grid.ariaLabel = label;
}
