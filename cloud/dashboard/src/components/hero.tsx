/** What somebody across a dark room looks at: the tempo, the bar, the beats as they fall. */
import { bpmText, percent } from "../format.js";
import { messages } from "../messages.js";
import type { Room } from "../room.js";
import type { DeviceView } from "../store.js";
import { BarView } from "./bar-view.js";
import { BeatStrip } from "./beat-strip.js";
import { ConfidenceBar } from "./confidence-bar.js";

export function Hero({ device, room }: { device: DeviceView; room: Room }) {
  const { tempo, grid, state, override } = device;
  const online = state === "online";
  const running = online && grid?.running === true;
  return (
    <section className="hero" aria-label={messages.device.strip.title}>
      <div className="hero-tempo">
        <p className="hero-bpm">
          <b data-testid="bpm">{bpmText(online ? tempo?.bpm : undefined)}</b>
          <small>{messages.device.bpm}</small>
        </p>
        <p className={`hero-state state-${online ? (tempo?.state ?? "silent") : "offline"}`}>
          {online && tempo ? messages.tempo[tempo.state] : messages.state[state]}
        </p>
        <div className="hero-confidence">
          <span>{messages.device.confidence}</span>
          <b>{running ? percent(grid.confidence) : "–"}</b>
          <ConfidenceBar value={running ? grid.confidence : undefined} />
        </div>
      </div>
      <BarView room={room} restReason={restReason(online, override?.mode === "blackout", tempo?.state)} />
      <BeatStrip room={room} />
    </section>
  );
}

function restReason(online: boolean, isBlack: boolean, tempo: keyof typeof messages.tempo = "silent"): string {
  const { restReason } = messages.device;
  if (!online) return restReason.offline;
  return isBlack ? restReason.blackout : restReason[tempo];
}
