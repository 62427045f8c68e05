/** Commands of the hand on their way: sent, answered, refused; one line tells the last one's fate. */
import type { OverrideAction } from "@tactus/shared";
import { useCallback, useEffect, useRef, useState } from "react";
import { useCloud } from "../context.js";
import { messages } from "../messages.js";
import { operatorName } from "../operator.js";

export interface Fate {
  text: string;
  tone: "idle" | "busy" | "good" | "bad";
}

/** `what` is how the command is called in front of people. */
export type Send = (what: string, command: OverrideAction) => void;

const SHOWN_MS = 4000;
const IDLE: Fate = { text: messages.pad.idle, tone: "idle" };

export function useCommands(device: string): { fate: Fate; send: Send } {
  const { link } = useCloud();
  const [fate, setFate] = useState(IDLE);
  const timer = useRef<number>(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  const show = useCallback((next: Fate) => {
    setFate(next);
    clearTimeout(timer.current);
    if (next.tone !== "busy") timer.current = window.setTimeout(() => setFate(IDLE), SHOWN_MS);
  }, []);

  const send = useCallback<Send>(
    (what, command) => {
      const { pad } = messages;
      show({ text: pad.sending, tone: "busy" });
      link.command(device, operatorName(), command).then(
        ({ outcome, state }) => {
          if (outcome === "done") show({ text: pad.done(what), tone: "good" });
          else if (outcome === "refused") show({ text: pad.refused(what, state?.refused ?? ""), tone: "bad" });
          else show({ text: pad.pending(what), tone: "bad" });
        },
        (error: Error) => show({ text: pad.refused(what, error.message), tone: "bad" }),
      );
    },
    [device, link, show],
  );
  return { fate, send };
}
