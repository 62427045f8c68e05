/** A uPlot in the page: made anew when colours change, resized with its place, given new data otherwise. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { colour, onThemeChange } from "../theme.js";

export interface PlotProps {
  label: string;
  height: number;
  data: uPlot.AlignedData;
  /** Everything but the size. Read once per theme: it may use colour(). */
  options(): Omit<uPlot.Options, "width" | "height">;
}

export function Plot({ label, height, data, options }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef({ data, options });
  useEffect(() => {
    latest.current = { data, options };
  });

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const make = () => {
      plot.current?.destroy();
      const size = { width: element.clientWidth, height };
      plot.current = new uPlot({ ...size, ...latest.current.options() }, latest.current.data, element);
    };
    make();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const stopTheme = onThemeChange(make);
    return () => {
      stopTheme();
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [height]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={place} className="plot" style={{ height }} role="img" aria-label={label} />;
}

/** Axes as all plots here have them. */
export function axis(extra: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: colour("muted"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    ...extra,
  };
}

/** The axis of time below a plot. */
export const timeAxis = (): uPlot.Axis => axis({ values: timeLabels, space: 80, size: 30 });

/** Times of day in the reader's zone, as finely as the axis is divided. */
const timeLabels: uPlot.Axis.DynamicValues = (_plot, splits, _axis, _space, stepS) =>
  splits.map((atS) => {
    const at = new Date(atS * 1000);
    if (stepS >= 86_400) return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    return at.toLocaleTimeString("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      ...(stepS < 60 ? { second: "2-digit" } : {}),
    });
  });

/** The confidence keeps to the lowest quarter of a plot, below the tempo. */
export const CONFIDENCE_RANGE: [number, number] = [0, 4];

/** The wanted range of tempi: never so narrow that noise looks like a change, with room below for the confidence. */
export function tempoRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [100, 140];
  const spread = Math.max(4, high - low);
  const middle = (low + high) / 2;
  return [Math.floor(middle - spread * 1.05), Math.ceil(middle + spread * 0.65)];
}
