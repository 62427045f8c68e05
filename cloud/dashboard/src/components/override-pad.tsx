/** The operator's hand on the beat: buttons and keys, and what the room says the hand does. */
import { useEffect } from "react";
import { COMMANDS, type Command, commandFor } from "../commands.js";
import { useCloud, useView } from "../context.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { HandState } from "./hand-state.js";
import { Panel } from "./panel.js";
import type { Fate, Send } from "./use-commands.js";
import { WriteToken } from "./write-token.js";
import { YourName } from "./your-name.js";

export interface OverridePadProps {
  device: DeviceView;
  fate: Fate;
  send: Send;
}

export function OverridePad({ device, fate, send }: OverridePadProps) {
  const { writing } = useView();
  const online = device.state === "online";
  const give = useGive(device, send);
  useKeys(give, online && writing === "allowed");
  const shown: Fate = online ? fate : { text: messages.pad.offline, tone: "idle" };
  return (
    <Panel title={messages.pad.title} area="pad" aside={<YourName />}>
      <HandState device={device} />
      {writing === "needs-token" && <WriteToken />}
      <div className="pad">
        {COMMANDS.map((command) => (
          <PadButton
            key={command.id}
            command={command}
            device={device}
            disabled={!online || writing !== "allowed"}
            give={give}
          />
        ))}
      </div>
      <p className={`fate fate-${shown.tone}`} role="status" data-testid="fate">
        {shown.text}
      </p>
      <p className="hint">{messages.pad.hint}</p>
    </Panel>
  );
}

interface Gesture {
  /** `Event.timeStamp`, milliseconds since the page's time origin. */
  timeStamp: number;
  shiftKey: boolean;
}
type Give = (command: Command, gesture: Gesture) => void;

/** The instant of the gesture itself, in the device's time, goes along: not the one at which it is handled. */
function useGive(device: DeviceView, send: Send): Give {
  const { store } = useCloud();
  return (command, { timeStamp, shiftKey }) => {
    const pageUs = (performance.timeOrigin + timeStamp) * 1000;
    const atUs = Math.round(pageUs + store.clock.offsetUs - device.skewUs);
    const state = device.override;
    send(command.label(state), command.action({ atUs, fine: shiftKey, state }));
  };
}

function useKeys(give: Give, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      const command = commandFor(event);
      if (!command) return;
      event.preventDefault();
      give(command, event);
    };
    // A button that was pressed with a finger must not keep the focus: the next space is a tap, not that button again.
    const onRelease = () => {
      if (document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
    };
    window.addEventListener("keydown", onKey);
    window.addEventListener("pointerup", onRelease);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("pointerup", onRelease);
    };
  });
}

interface PadButtonProps {
  command: Command;
  device: DeviceView;
  disabled: boolean;
  give: Give;
}

function PadButton({ command, device: { override }, disabled, give }: PadButtonProps) {
  const isOn = override !== null && command.isOn?.(override) === true;
  return (
    <button
      type="button"
      className={`pad-button pad-${command.id}`}
      disabled={disabled}
      aria-pressed={command.isOn ? isOn : undefined}
      aria-keyshortcuts={command.key === " " ? "Space" : command.key}
      onPointerDown={(event) => {
        if (command.timed) give(command, event);
      }}
      // From the keyboard `detail` is 0; a finger's press of a timed button was sent when it went down.
      onClick={(event) => {
        if (!command.timed || event.detail === 0) give(command, event);
      }}
    >
      <span>{command.label(override)}</span>
      <kbd>{command.keyName}</kbd>
    </button>
  );
}
