/** The stored tempo and confidence of a stretch of time; dragging across it looks closer. */
import type { HistoryAnswer } from "@tactus/cloud";
import { useMemo } from "react";
import type uPlot from "uplot";
import { columnsOf } from "../history-data.js";
import { messages } from "../messages.js";
import { colour } from "../theme.js";
import { axis, CONFIDENCE_RANGE, Plot, tempoRange, timeAxis } from "./plot.js";

export interface HistoryPlotProps {
  answer: HistoryAnswer | undefined;
  fromMs: number;
  toMs: number;
  onZoom(fromMs: number, toMs: number): void;
  onZoomOut(): void;
}

export function HistoryPlot({ answer, fromMs, toMs, onZoom, onZoomOut }: HistoryPlotProps) {
  const data = useMemo<uPlot.AlignedData>(() => {
    const { at, mean, low, high, confidence } = columnsOf(answer ?? { points: [], bucketUs: 1 });
    return [at, mean, low, high, confidence];
  }, [answer]);
  const range = useMemo(() => ({ fromS: 0, toS: 0 }), []);
  Object.assign(range, { fromS: fromMs / 1000, toS: toMs / 1000 });
  return (
    <Plot
      label={messages.history.title}
      height={260}
      data={data}
      options={() => optionsFor({ range, onZoom, onZoomOut })}
    />
  );
}

interface PlotContext extends Pick<HistoryPlotProps, "onZoom" | "onZoomOut"> {
  range: { fromS: number; toS: number };
}

function optionsFor({ range, onZoom, onZoomOut }: PlotContext): Omit<uPlot.Options, "width" | "height"> {
  const spread = { scale: "bpm", stroke: "transparent", width: 0, points: { show: false } };
  return {
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      bind: {
        dblclick: () => () => {
          onZoomOut();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, range: () => [range.fromS, range.toS] },
      bpm: { range: (_plot, low, high) => tempoRange(low, high) },
      confidence: { range: CONFIDENCE_RANGE },
    },
    axes: [timeAxis(), axis({ scale: "bpm", size: 44 })],
    series: [
      {},
      { scale: "bpm", stroke: colour("down"), width: 2, points: { show: false } },
      { ...spread },
      { ...spread },
      { scale: "confidence", stroke: colour("beat"), width: 1.5, fill: colour("beat-wash"), points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: colour("down-wash") }],
    hooks: { setSelect: [(plot) => select(plot, onZoom)] },
  };
}

function select(plot: uPlot, onZoom: PlotContext["onZoom"]): void {
  const { left, width } = plot.select;
  if (width < 8) return;
  onZoom(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
