/** What the room says the hand does now: what, whose, until when. */
import { clockText, durationText } from "../format.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { useNow } from "./use-now.js";

export function HandState({ device: { override, skewUs } }: { device: DeviceView }) {
  const now = useNow(1000);
  const mode = override?.mode ?? "automatic";
  const { pad } = messages;
  return (
    <p className={`hand hand-${mode}`} data-testid="hand">
      <strong>{pad.state(messages.mode[mode], override?.by ?? "")}</strong>
      <span className="number">
        {override && mode !== "automatic" ? untilText(override.expiresAtUs, skewUs, now) : ""}
        {override && override.nudgeMs !== 0 ? ` ${pad.nudged(Math.round(override.nudgeMs))}` : ""}
      </span>
    </p>
  );
}

function untilText(expiresAtUs: number, skewUs: number, now: number): string {
  if (expiresAtUs === 0) return messages.pad.untilReleased;
  const untilUs = expiresAtUs + skewUs;
  return messages.pad.until(clockText(untilUs), durationText(untilUs - now));
}
