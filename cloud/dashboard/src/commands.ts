/** The operator's commands: what each sends, and the key that does it. */
import type { OverrideAction, OverrideState } from "@tactus/shared";
import { messages } from "./messages.js";

export interface Moment {
  /** When the hand moved, on the device's clock, microseconds. */
  atUs: number;
  /** With shift held: finer. */
  fine: boolean;
  /** What the hand holds now. */
  state: OverrideState | null;
}

export interface Command {
  id: string;
  /** `KeyboardEvent.key`, lower case. */
  key: string;
  keyName: string;
  label(state: OverrideState | null): string;
  action(moment: Moment): OverrideAction;
  /** Is this what the hand holds now? */
  isOn?(state: OverrideState): boolean;
  /** Sent when the finger goes down, not when it comes up. */
  timed?: true;
  /** A held key repeats it. */
  repeats?: true;
}

const { actions } = messages.pad;
const nudgeMs = ({ fine }: Moment): number => (fine ? 1 : 10);

export const COMMANDS: readonly Command[] = [
  {
    id: "tap",
    key: " ",
    keyName: "space",
    label: () => actions.tap,
    action: ({ atUs }) => ({ action: "tap", atUs }),
    timed: true,
  },
  {
    id: "earlier",
    key: "arrowleft",
    keyName: "←",
    label: () => actions.earlier,
    action: (moment) => ({ action: "nudge", ms: -nudgeMs(moment) }),
    repeats: true,
  },
  {
    id: "later",
    key: "arrowright",
    keyName: "→",
    label: () => actions.later,
    action: (moment) => ({ action: "nudge", ms: nudgeMs(moment) }),
    repeats: true,
  },
  {
    id: "half",
    key: "h",
    keyName: "h",
    label: () => actions.half,
    action: () => ({ action: "half" }),
    isOn: ({ octave }) => octave === "half",
  },
  {
    id: "double",
    key: "d",
    keyName: "d",
    label: () => actions.double,
    action: () => ({ action: "double" }),
    isOn: ({ octave }) => octave === "double",
  },
  {
    id: "downbeat",
    key: "1",
    keyName: "1",
    label: () => actions.downbeat,
    action: ({ atUs }) => ({ action: "downbeat", atUs }),
    timed: true,
  },
  {
    id: "shift",
    key: "s",
    keyName: "s",
    label: () => actions.shift,
    action: () => ({ action: "shift", beats: 1 }),
  },
  {
    id: "hold",
    key: "f",
    keyName: "f",
    label: () => actions.hold,
    action: () => ({ action: "hold" }),
    isOn: ({ mode }) => mode === "held",
  },
  {
    id: "lock",
    key: "l",
    keyName: "l",
    label: () => actions.lock,
    action: () => ({ action: "lock" }),
    isOn: ({ mode }) => mode === "locked",
  },
  { id: "release", key: "r", keyName: "r", label: () => actions.release, action: () => ({ action: "release" }) },
  {
    id: "blackout",
    key: "b",
    keyName: "b",
    label: (state) => (state?.mode === "blackout" ? actions.lightsOn : actions.blackout),
    action: ({ state }) => ({ action: "blackout", on: state?.mode !== "blackout" }),
    isOn: ({ mode }) => mode === "blackout",
  },
];

/** The command a key stands for, or undefined when the key belongs to something else on the page. */
export function commandFor(event: KeyboardEvent): Command | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable]")) return undefined;
  const command = COMMANDS.find(({ key }) => key === event.key.toLowerCase());
  if (!command || (event.repeat && !command.repeats)) return undefined;
  // Space on a button that was reached by keyboard presses that button.
  return command.key === " " && target?.closest("button, a, summary") ? undefined : command;
}
