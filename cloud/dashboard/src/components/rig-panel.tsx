/** The rig in the page: lamps drawn from the bytes of an output, asked for only while they are seen. */
import type { OutputRig, OutputState } from "@tactus/shared";
import { type RefObject, useMemo, useRef, useState } from "react";
import { useFrame } from "../context.js";
import { messages } from "../messages.js";
import { lampsOf } from "../rig/lamp.js";
import { type RigState, rigStateOf } from "../rig/rig-state.js";
import type { Room } from "../room.js";
import type { DeviceView } from "../store.js";
import { LampTable } from "./lamp-table.js";
import { Panel } from "./panel.js";
import { Stage } from "./stage.js";
import { UniverseView } from "./universe-view.js";
import { useOutputWatch, useVisible } from "./use-output-watch.js";

const words = messages.rig;

export function RigPanel({ device, room }: { device: DeviceView; room: Room }) {
  const outputs = (device.outputs ?? []).filter(({ universes }) => universes.length > 0);
  const [wanted, choose] = useState<string>();
  const output = outputs.find(({ name }) => name === wanted) ?? outputs.find(isRunning) ?? outputs[0];
  // The first sight decides: when its bridge goes away, that is what is to be seen.
  if (output && wanted === undefined && isRunning(output)) choose(output.name);
  if (!output)
    return (
      <Panel title={words.title} area="rig">
        <p className="muted">{words.noUniverse}</p>
      </Panel>
    );
  const names = outputs.map(({ name }) => name);
  return (
    <Panel title={words.title} area="rig" aside={<OutputChoice names={names} chosen={output.name} choose={choose} />}>
      <Rig key={output.name} device={device} output={output} room={room} />
    </Panel>
  );
}

const isRunning = ({ state }: OutputState): boolean => state === "running";

interface OutputChoiceProps {
  names: readonly string[];
  chosen: string;
  choose(name: string): void;
}

function OutputChoice({ names, chosen, choose }: OutputChoiceProps) {
  if (names.length === 1) return <span className="muted">{chosen}</span>;
  return (
    <label className="choice">
      {words.choose}
      <select value={chosen} onChange={({ target }) => choose(target.value)}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

interface RigProps {
  device: DeviceView;
  output: OutputState;
  room: Room;
}

/** Said on the stage, where there is nothing else to see; the others are said below it. */
const ON_STAGE: ReadonlySet<RigState> = new Set(["gone", "stopped", "waiting", "silent", "blackout", "dark"]);
/** There are no bytes that could be believed. */
const WITHOUT_BYTES: ReadonlySet<RigState> = new Set(["gone", "stopped", "waiting", "silent"]);

function Rig({ device, output, room }: RigProps) {
  const place = useRef<HTMLDivElement>(null);
  const isVisible = useVisible(place);
  const { rig, state } = useRigState({ device, output, room, isVisible });
  const lamps = useMemo(() => (rig ? lampsOf(rig) : []), [rig]);
  const hasBytes = !WITHOUT_BYTES.has(state);
  const frame = () => (hasBytes ? room.frames.get(output.name) : undefined);
  const isBare = hasBytes && lamps.length === 0;
  return (
    <div ref={place} className="rig" data-testid="rig" data-state={state}>
      <div className="stage-place">
        <Stage name={output.name} lamps={lamps} frame={frame} />
        <p className={`stage-note stage-note-${state}`} role="status">
          {isBare ? words.noLamps : ON_STAGE.has(state) && words.state[state]}
        </p>
      </div>
      <p className={state === "live" ? "rig-state muted" : "rig-state rig-state-odd"} role="status">
        {!ON_STAGE.has(state) && words.state[state]}
      </p>
      {rig !== undefined && rig.leftOut > 0 && <p className="hint">{words.leftOut(rig.leftOut)}</p>}
      <LampTable lamps={lamps} frame={frame} />
      <UniverseView universes={output.universes} frame={frame} />
    </div>
  );
}

/** Looks at every frame, changes React only when the words change. */
function useRigState({ device, output, room, isVisible }: RigProps & { isVisible: boolean }) {
  const [rig, setRig] = useState<OutputRig | undefined>(() => room.rigs.get(output.name));
  const [state, setState] = useState<RigState>("waiting");
  const askedAtUs: RefObject<number> = useOutputWatch({
    device: device.id,
    name: output.name,
    rig: rig?.id,
    isVisible,
  });
  useFrame((nowUs) => {
    setRig(room.rigs.get(output.name));
    const frame = room.frames.get(output.name);
    setState(rigStateOf({ output, frame, skewUs: device.skewUs, nowUs, askedAtUs: askedAtUs.current }));
  });
  return { rig, state };
}
