/** The tempo of the last minutes, as it came. */
import { useEffect, useState } from "react";
import type uPlot from "uplot";
import { messages } from "../messages.js";
import type { Room } from "../room.js";
import { colour } from "../theme.js";
import { Panel } from "./panel.js";
import { axis, CONFIDENCE_RANGE, Plot, tempoRange, timeAxis } from "./plot.js";
import { useNow } from "./use-now.js";

const SHOWN_S = 120;
/** A pause longer than this is a gap in the line. */
const GAP_S = 4;

export function TempoCurve({ room }: { room: Room }) {
  const now = useNow(500);
  const [range] = useState(() => ({ toS: 0 }));
  useEffect(() => {
    range.toS = now / 1_000_000;
  });
  const { title, empty } = messages.device.tempo;
  return (
    <Panel title={title} area="tempo">
      <div className="plot-place">
        <Plot label={title} height={236} data={dataOf(room, now)} options={() => optionsFor(range)} />
        {room.tempo.length === 0 && <p className="plot-empty muted">{empty}</p>}
      </div>
    </Panel>
  );
}

function dataOf(room: Room, nowUs: number): uPlot.AlignedData {
  const [times, tempi, confidences]: [number[], (number | null)[], (number | null)[]] = [[], [], []];
  for (const [atUs = 0, bpm = 0, confidence = 0] of room.tempo.since(nowUs - SHOWN_S * 1_000_000)) {
    const atS = atUs / 1_000_000;
    const lastS = times.at(-1) ?? atS;
    if (atS - lastS > GAP_S) {
      times.push(lastS + 0.001);
      tempi.push(null);
      confidences.push(null);
    }
    times.push(atS);
    tempi.push(bpm);
    confidences.push(confidence);
  }
  return [times, tempi, confidences];
}

function optionsFor(range: { toS: number }): Omit<uPlot.Options, "width" | "height"> {
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: () => [range.toS - SHOWN_S, range.toS] },
      bpm: { range: (_plot, low, high) => tempoRange(low, high) },
      confidence: { range: CONFIDENCE_RANGE },
    },
    axes: [timeAxis(), axis({ scale: "bpm", size: 44 })],
    series: [
      {},
      { scale: "bpm", stroke: colour("down"), width: 2, points: { show: false } },
      { scale: "confidence", stroke: colour("beat"), width: 1.5, fill: colour("beat-wash"), points: { show: false } },
    ],
  };
}
