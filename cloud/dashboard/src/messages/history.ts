/** Words of the history of a room. */

export const history = {
  title: "History",
  ranges: { "10 min": 600, "1 h": 3600, "6 h": 21_600, "24 h": 86_400, "7 d": 604_800 },
  zoomOut: "Zoom out",
  follow: "Now",
  tempo: "Tempo",
  confidence: "Confidence",
  hint: "Drag across the plot to look closer; double-click to go back.",
  loading: "Loading …",
  empty: "No beats are stored for this stretch of time. A room with music stores every beat within a few seconds.",
  failed: (why: string) => `The history did not come: ${why}`,
  summary: (beats: number, low: number, high: number, confidence: number) =>
    `${beats.toLocaleString("en")} beats, ${low.toFixed(1)} to ${high.toFixed(1)} BPM, mean confidence ${(confidence * 100).toFixed(0)} %`,
  stored: (beats: number) => `${beats.toLocaleString("en")} beats kept`,
  table: "As a table",
  columns: ["From", "Beats", "Lowest", "Mean", "Highest", "Confidence"],
} as const;
