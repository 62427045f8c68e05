/** Other tempi that fit what is heard: octave doubt is shown, and settled with one press. */
import { bpmText, percent } from "../format.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { Panel } from "./panel.js";
import type { Send } from "./use-commands.js";

export function Alternatives({ device, send }: { device: DeviceView; send: Send }) {
  const { alternatives: words } = messages.device;
  const { grid } = device;
  const running = device.state === "online" && grid?.running === true;
  return (
    <Panel title={words.title} area="alternatives">
      {running && grid.alternatives.length > 0 ? (
        <ul className="alternatives">
          {grid.alternatives.map(({ bpm, share }) => (
            <li key={bpm}>
              <b className="number">{bpmText(bpm)}</b>
              <span className="bar">
                <i style={{ transform: `scaleX(${share})` }} />
              </span>
              <span className="number muted">{percent(share)}</span>
              <OctaveButton ratio={bpm / grid.bpm} send={send} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">{words.none}</p>
      )}
    </Panel>
  );
}

function OctaveButton({ ratio, send }: { ratio: number; send: Send }) {
  const action = Math.abs(ratio - 0.5) < 0.03 ? "half" : Math.abs(ratio - 2) < 0.1 ? "double" : undefined;
  if (!action) return <span />;
  return (
    <button type="button" className="quiet" onClick={() => send(messages.pad.actions[action], { action })}>
      {messages.device.alternatives.use[action]}
    </button>
  );
}
