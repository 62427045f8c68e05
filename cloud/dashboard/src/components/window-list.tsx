/** A long list of which only what is seen is drawn; the page itself scrolls. */
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { topsOf, visibleRange } from "../fleet/window-list.js";

interface WindowListProps<T> {
  items: readonly T[];
  label: string;
  className?: string;
  keyOf(item: T): string;
  /** CSS pixels, the gap below included. */
  heightOf(item: T): number;
  children(item: T): ReactNode;
}

const MORE = 6;

export function WindowList<T>({ items, label, className = "", keyOf, heightOf, children }: WindowListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const tops = useMemo(() => topsOf(items.map(heightOf)), [items, heightOf]);
  const seen = useSeen(list);
  const { first, end } = visibleRange(tops, { ...seen, more: MORE });
  return (
    <ul ref={list} className={`window-list ${className}`} aria-label={label} style={{ height: tops.at(-1) ?? 0 }}>
      {items.slice(first, end).map((item, index) => (
        <li
          key={keyOf(item)}
          aria-setsize={items.length}
          aria-posinset={first + index + 1}
          style={{ top: tops[first + index] ?? 0 }}
        >
          {children(item)}
        </li>
      ))}
    </ul>
  );
}

/** The part of the list that is on the screen, at most once a frame. */
function useSeen(list: { current: HTMLElement | null }): { from: number; to: number } {
  const [seen, setSeen] = useState({ from: 0, to: window.innerHeight });
  const frame = useRef(0);
  useLayoutEffect(() => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    setSeen((before) => moved(before, { from: -top, to: -top + window.innerHeight }));
  });
  useEffect(() => {
    const look = () => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => {
        const top = list.current?.getBoundingClientRect().top ?? 0;
        setSeen((before) => moved(before, { from: -top, to: -top + window.innerHeight }));
      });
    };
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      cancelAnimationFrame(frame.current);
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [list]);
  return seen;
}

/** Some pixels are no reason to draw again: the rows on both sides cover them. */
function moved(before: { from: number; to: number }, next: { from: number; to: number }) {
  return Math.abs(before.from - next.from) < 40 && Math.abs(before.to - next.to) < 40 ? before : next;
}
