/** Where the time of a hop goes, stage by stage. */
import type { TelemetryMessage } from "@tactus/shared";
import { messages } from "../messages.js";
import { Panel } from "./panel.js";

type StageName = keyof TelemetryMessage["latency"];
const STAGES: readonly StageName[] = ["capture", "frontend", "model", "decoder", "hop"];
/** One hop of sound: longer than this and the box falls behind. */
const HOP_MS = 20;

export function LatencyTable({ telemetry }: { telemetry: TelemetryMessage | null | undefined }) {
  const { latency: words } = messages.device;
  return (
    <Panel title={words.title} area="latency" aside={<span className="muted">{words.unit}</span>}>
      <table className="latency">
        <thead>
          <tr>
            {words.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {STAGES.map((stage) => (
            <StageRow key={stage} stage={stage} telemetry={telemetry} />
          ))}
        </tbody>
      </table>
      <p className="muted two-lines">
        {telemetry ? words.late(telemetry.lateHops, telemetry.hops, telemetry.xruns) : words.none}
        <br />
        {telemetry ? words.load(telemetry.cpu, telemetry.residentMb) : " "}
      </p>
    </Panel>
  );
}

function StageRow({ stage, telemetry }: { stage: StageName; telemetry: TelemetryMessage | null | undefined }) {
  const times = telemetry?.latency[stage];
  const cell = (ms: number | undefined) => (ms === undefined ? "–" : ms.toFixed(ms < 10 ? 2 : 1));
  const share = Math.min(1, (times?.p99 ?? 0) / HOP_MS);
  return (
    <tr>
      <th scope="row">
        {messages.device.latency.stages[stage]}
        <span className="bar" aria-hidden="true">
          <i style={{ transform: `scaleX(${share})` }} />
        </span>
      </th>
      <td>{cell(times?.p50)}</td>
      <td>{cell(times?.p99)}</td>
      <td>{cell(times?.max)}</td>
    </tr>
  );
}
