/** A titled part of a page. */
import { type ReactNode, useId } from "react";

export interface PanelProps {
  title: string;
  /** Where it lies on the device page's grid. */
  area: string;
  /** At the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, area, aside, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel area-${area}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
