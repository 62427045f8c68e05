/** The cloud's time in React, for what counts down or ages. */
import { useEffect, useState } from "react";
import { useCloud } from "../context.js";
import { pageNowUs } from "../frame-loop.js";

export function useNow(everyMs: number): number {
  const { store } = useCloud();
  const read = () => pageNowUs() + store.clock.offsetUs;
  const [now, setNow] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setNow(pageNowUs() + store.clock.offsetUs), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, store]);
  return now;
}
