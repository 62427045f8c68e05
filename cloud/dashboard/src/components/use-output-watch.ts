/** Asks for an output's bytes as long as somebody can see them: renewed while visible, and then simply no longer. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { useCloud, useView } from "../context.js";
import { pageNowUs } from "../frame-loop.js";

/** The cloud asks the bridge again when half of the time is over. */
const FOR_S = 8;
const RENEW_MS = 3000;
/** Until the lamps are known. */
const RETRY_MS = 1500;

export interface OutputWatchOptions {
  device: string;
  /** Undefined: nothing to ask for. */
  name: string | undefined;
  /** Id of the rig that is known already. */
  rig: string | undefined;
  isVisible: boolean;
}

/** Since when it has been asked for, the cloud's time. */
export function useOutputWatch({ device, name, rig, isVisible }: OutputWatchOptions): RefObject<number> {
  const { link, store } = useCloud();
  const { link: connection } = useView();
  const askedAtUs = useRef(Number.POSITIVE_INFINITY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these begin the asking anew, and the effect does not read them
  useEffect(() => {
    askedAtUs.current = pageNowUs() + store.clock.offsetUs;
  }, [store, device, name, isVisible, connection]);
  useEffect(() => {
    if (name === undefined || !isVisible || connection !== "open") return;
    const ask = () => link.watchOutput({ device, name, forS: FOR_S, ...(rig !== undefined && { rig }) });
    ask();
    const timer = setInterval(ask, rig === undefined ? RETRY_MS : RENEW_MS);
    return () => clearInterval(timer);
  }, [link, device, name, rig, isVisible, connection]);
  return askedAtUs;
}

/** Is any of the element on the screen, in a tab that is shown? */
export function useVisible(element: RefObject<Element | null>): boolean {
  const [isNear, setNear] = useState(false);
  const [isShown, setShown] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false));
    observer.observe(element.current);
    const onChange = () => setShown(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", onChange);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onChange);
    };
  }, [element]);
  return isNear && isShown;
}
