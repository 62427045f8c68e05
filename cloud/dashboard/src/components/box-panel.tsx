/** What the box says of itself: input, processes, model, clock. */
import type { ReactNode } from "react";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { Panel } from "./panel.js";

export function BoxPanel({ device }: { device: DeviceView }) {
  const { capture: words } = messages.device;
  const { status, skewUs } = device;
  const fact = (label: string, value: ReactNode) => (
    <>
      <dt>{label}</dt>
      <dd>{value || words.unknown}</dd>
    </>
  );
  return (
    <Panel title={words.title} area="box">
      <dl className="facts">
        {fact(words.source, status?.source)}
        {fact(words.state, status && <CaptureState device={device} />)}
        {fact(words.hearing, status && (status.hearing === "up" ? words.up : words.down))}
        {fact(words.model, status?.model)}
        {fact(words.version, status?.version)}
        {fact(words.clock, skewUs === 0 ? words.clockRight : words.clockOff(skewUs / 1000))}
      </dl>
    </Panel>
  );
}

function CaptureState({ device: { status, state } }: { device: DeviceView }) {
  if (!status) return null;
  const good = state === "online" && status.capture === "running";
  return (
    <>
      <em className={`chip ${good ? "chip-good" : "chip-bad"}`}>{messages.capture[status.capture]}</em>
      {status.conditions.map((condition) => (
        <em key={condition} className="chip chip-warn">
          {messages.conditions[condition]}
        </em>
      ))}
    </>
  );
}
