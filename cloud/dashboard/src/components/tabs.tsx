/** Parts of a page of which one is shown: arrow keys go from one to the next. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";

interface TabsProps {
  label: string;
  tabs: Readonly<Record<string, string>>;
  present: string;
  onChoose(tab: string): void;
  children: ReactNode;
}

export function Tabs({ label, tabs, present, onChoose, children }: TabsProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const names = Object.keys(tabs);
  const chosen = names.includes(present) ? present : (names[0] ?? "");
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>(`[data-tab="${chosen}"]`);
    // On a phone the row of tabs scrolls sideways by itself; the page stays where it is.
    if (list.current && tab) list.current.scrollLeft = tab.offsetLeft - list.current.offsetLeft - 40;
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length] ?? "";
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-tab={name}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {tabs[name]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} className="tab-panel">
        {children}
      </div>
    </>
  );
}
