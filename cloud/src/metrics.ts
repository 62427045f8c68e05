/** Counters and gauges in Prometheus' text format. */

export type Labels = Record<string, string>;

export interface Counter {
  add(labels?: Labels, amount?: number): void;
}

/** One number, or one for each combination of labels. */
export type Reading = number | readonly (readonly [Labels, number])[];

interface Family {
  help: string;
  kind: "counter" | "gauge";
  read(): readonly (readonly [labels: string, value: number])[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export class Metrics {
  readonly #families = new Map<string, Family>();

  /**
   * A number that only grows; one series per combination of labels. Names end in `_total`. `read`: where it is counted
   * elsewhere and only read here.
   */
  counter(name: string, help: string, read?: () => Reading): Counter {
    const series = new Map<string, number>();
    this.#add(name, { help, kind: "counter", read: () => (read ? seriesOf(read()) : [...series]) });
    return {
      add(labels = {}, amount = 1) {
        const key = labelText(labels);
        series.set(key, (series.get(key) ?? 0) + amount);
      },
    };
  }

  /** Numbers read when they are asked for. */
  gauge(name: string, help: string, read: () => Reading): void {
    this.#add(name, { help, kind: "gauge", read: () => seriesOf(read()) });
  }

  /** Text exposition format 0.0.4. */
  render(): string {
    const lines: string[] = [];
    for (const [name, family] of this.#families) {
      lines.push(`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.kind}`);
      for (const [labels, value] of family.read()) lines.push(`${name}${labels} ${valueText(value)}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #add(name: string, family: Family): void {
    if (!NAME.test(name)) throw new Error(`"${name}" is no metric name`);
    if (family.kind === "counter" && !name.endsWith("_total"))
      throw new Error(`Counter ${name} does not end in _total`);
    this.#families.set(name, family);
  }
}

function seriesOf(reading: Reading): readonly (readonly [string, number])[] {
  return typeof reading === "number" ? [["", reading]] : reading.map(([labels, value]) => [labelText(labels), value]);
}

/** In the order of their names, so that the same labels are the same series. */
function labelText(labels: Labels): string {
  const names = Object.keys(labels).sort();
  const pairs = names.map((name) => {
    if (!LABEL_NAME.test(name)) throw new Error(`"${name}" is no label name`);
    return `${name}="${escapeLabel(labels[name] ?? "")}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** "label_value can be any sequence of UTF-8 characters, but backslash, double-quote and line feed have to be escaped". */
function escapeLabel(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

function escapeHelp(help: string): string {
  return help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
