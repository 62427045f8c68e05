/** The room in a sentence for screen readers, spoken when it changes, but not with every beat. */
import { useEffect, useRef, useState } from "react";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";

const PAUSE_MS = 8000;

export function SpokenSummary({ device }: { device: DeviceView }) {
  const { id, name, tempo, grid, override, state } = device;
  const tempoWord = state === "online" && tempo ? messages.tempo[tempo.state] : messages.state[state];
  const bpm = state === "online" ? (tempo?.bpm ?? 0) : 0;
  const hand = messages.mode[override?.mode ?? "automatic"];
  const text = messages.spoken(name || id, tempoWord, bpm, messages.confidence(grid?.confidence ?? 0), hand);
  return (
    <p className="unseen" aria-live="polite">
      {useUnhurried(text)}
    </p>
  );
}

/** The newest text, but never two within a few seconds. */
function useUnhurried(text: string): string {
  const [spoken, setSpoken] = useState(text);
  const lastMs = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, lastMs.current + PAUSE_MS - performance.now());
    const timer = setTimeout(() => {
      lastMs.current = performance.now();
      setSpoken(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return spoken;
}
