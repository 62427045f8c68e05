/** The lamps in words and colours, for who cannot see the picture; a few times a second, while it is open. */
import { useState } from "react";
import { messages } from "../messages.js";
import type { DmxFrame } from "../rig/dmx-frame.js";
import type { Lamp } from "../rig/lamp.js";
import { hexText, seenColour } from "../rig/seen-light.js";
import { useNow } from "./use-now.js";

const words = messages.rig;
const EVERY_MS = 250;

export interface LampTableProps {
  lamps: readonly Lamp[];
  frame(): DmxFrame | undefined;
}

export function LampTable(props: LampTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words.lamps}</summary>
      {isOpen && <Rows {...props} />}
    </details>
  );
}

function Rows({ lamps, frame }: LampTableProps) {
  useNow(EVERY_MS);
  const present = frame();
  return (
    <div className="scrolls">
      <table className="lamps">
        <thead>
          <tr>
            {words.lampColumns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lamps.map((lamp) => (
            <tr key={lamp.name} data-lamp={lamp.name}>
              <th scope="row">{lamp.name}</th>
              <td>{lamp.kind}</td>
              <td>{lamp.address}</td>
              <td>
                <Colour lamp={lamp} frame={present} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Colour({ lamp, frame }: { lamp: Lamp; frame: DmxFrame | undefined }) {
  const [cell, ...others] = lamp.cells;
  if (others.length > 0) return words.cells(lamp.cells.length);
  const colour = frame && cell && seenColour(cell, frame);
  if (!colour) return "–";
  return (
    <>
      <i className="swatch" style={{ background: hexText(colour) }} aria-hidden="true" />
      <code>{hexText(colour)}</code>
    </>
  );
}
