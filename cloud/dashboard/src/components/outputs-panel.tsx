/** The lighting outputs of the room: what each does with the beats, whether it is heard, and how exactly it fires. */
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { OutputsTable } from "./outputs-table.js";
import { Panel } from "./panel.js";
import { useNow } from "./use-now.js";

export function OutputsPanel({ device: { outputs = [], skewUs } }: { device: DeviceView }) {
  const nowUs = useNow(1000);
  const { title, none, command } = messages.outputs;
  return (
    <Panel title={title} area="outputs">
      {outputs.length > 0 ? (
        <OutputsTable outputs={outputs} skewUs={skewUs} nowUs={nowUs} />
      ) : (
        <p className="muted">
          {none} <code>{command}</code>
        </p>
      )}
    </Panel>
  );
}
