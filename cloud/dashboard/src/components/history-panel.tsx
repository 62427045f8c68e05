/** The history of a room: any stretch of time, as a plot, a sentence and a table. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getDevice, getHistory } from "../api.js";
import { summaryOf } from "../history-data.js";
import { messages } from "../messages.js";
import { HistoryPlot } from "./history-plot.js";
import { HistoryTable } from "./history-table.js";
import { Panel } from "./panel.js";
import { useNow } from "./use-now.js";
import { useZoom } from "./use-zoom.js";

const POINTS = 300;

export function HistoryPanel({ id }: { id: string }) {
  const zoom = useZoom();
  const nowMs = useNow(1000) / 1000;
  const stepMs = Math.max(5000, (zoom.spanS * 1000) / POINTS);
  const toMs = zoom.endMs ?? Math.ceil(nowMs / stepMs) * stepMs;
  const fromMs = toMs - zoom.spanS * 1000;
  const { data, error, isPending } = useQuery({
    queryKey: ["history", id, fromMs, toMs],
    queryFn: ({ signal }) => getHistory(id, { fromMs, toMs, points: POINTS }, signal),
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });
  const extent = useQuery({
    queryKey: ["device", id],
    queryFn: ({ signal }) => getDevice(id, signal),
    refetchInterval: 10_000,
  });
  const summary = data && summaryOf(data);
  const { history: words } = messages;
  const say = () => {
    if (error) return words.failed(error.message);
    if (isPending) return words.loading;
    return summary ? words.summary(summary.beats, summary.low, summary.high, summary.confidence) : words.empty;
  };
  return (
    <Panel
      title={words.title}
      area="history"
      aside={<span className="muted number">{extent.data ? words.stored(extent.data.history.beats) : ""}</span>}
    >
      <RangeButtons zoom={zoom} />
      <div className="plot-place">
        <HistoryPlot answer={data} fromMs={fromMs} toMs={toMs} onZoom={zoom.zoomTo} onZoomOut={zoom.zoomOut} />
      </div>
      <p className="history-summary" data-testid="history-summary">
        {say()}
      </p>
      <p className="hint">{words.hint}</p>
      {data && data.beats > 0 && <HistoryTable answer={data} />}
    </Panel>
  );
}

function RangeButtons({ zoom }: { zoom: ReturnType<typeof useZoom> }) {
  const { ranges, zoomOut, follow, tempo, confidence } = messages.history;
  return (
    <div className="ranges">
      {Object.entries(ranges).map(([name, seconds]) => (
        <button
          key={name}
          type="button"
          className="quiet"
          aria-pressed={zoom.endMs === undefined && zoom.spanS === seconds}
          onClick={() => zoom.showLast(seconds)}
        >
          {name}
        </button>
      ))}
      <button type="button" className="quiet" disabled={!zoom.canZoomOut} onClick={zoom.zoomOut}>
        {zoomOut}
      </button>
      <button type="button" className="quiet" disabled={zoom.endMs === undefined} onClick={zoom.follow}>
        {follow}
      </button>
      <span className="legend history-legend" aria-hidden="true">
        <span className="legend-1">{tempo}</span>
        <span className="legend-0">{confidence}</span>
      </span>
    </div>
  );
}
