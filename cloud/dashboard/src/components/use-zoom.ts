/** Which stretch of history is shown: the last so many seconds, or a piece somebody looks at closely. */
import { useState } from "react";

interface Stretch {
  spanS: number;
  /** Undefined: it ends now, and moves on. */
  endMs: number | undefined;
}

const SHORTEST_S = 5;

export function useZoom() {
  const [stretches, setStretches] = useState<readonly Stretch[]>([{ spanS: 600, endMs: undefined }]);
  const present = stretches.at(-1) ?? { spanS: 600, endMs: undefined };
  return {
    ...present,
    canZoomOut: stretches.length > 1,
    showLast: (spanS: number) => setStretches([{ spanS, endMs: undefined }]),
    zoomTo: (fromMs: number, toMs: number) => {
      const spanS = Math.max(SHORTEST_S, (toMs - fromMs) / 1000);
      setStretches((before) => [...before, { spanS, endMs: Math.max(toMs, fromMs + spanS * 1000) }]);
    },
    zoomOut: () => setStretches((before) => (before.length > 1 ? before.slice(0, -1) : before)),
    follow: () => setStretches([{ spanS: present.spanS, endMs: undefined }]),
  };
}
