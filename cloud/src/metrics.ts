/** Counters and gauges in Prometheus' text format. */

type Labels = Record<string, string>;

export interface Counter {
  add(labels?: Labels, amount?: number): void;
}

interface Family {
  help: string;
  kind: "counter" | "gauge";
  read(): [labels: string, value: number][];
}

export class Metrics {
  readonly #families = new Map<string, Family>();

  /** A number that only grows; one series per combination of labels. Names end in `_total`. */
  counter(name: string, help: string): Counter {
    const series = new Map<string, number>();
    this.#families.set(name, { help, kind: "counter", read: () => [...series] });
    return {
      add(labels = {}, amount = 1) {
        const key = labelText(labels);
        series.set(key, (series.get(key) ?? 0) + amount);
      },
    };
  }

  /** A number read when it is asked for. */
  gauge(name: string, help: string, read: () => number): void {
    this.#families.set(name, { help, kind: "gauge", read: () => [["", read()]] });
  }

  /** Text exposition format 0.0.4. */
  render(): string {
    const lines: string[] = [];
    for (const [name, family] of this.#families) {
      lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.kind}`);
      for (const [labels, value] of family.read()) lines.push(`${name}${labels} ${value}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
