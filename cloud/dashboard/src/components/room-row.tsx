/** One room in the list: is it there, does it hear music, how fast, how sure, and whose hand is on it. */
import type { StoredAlert } from "@tactus/cloud";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { gridPhase } from "../beat-line.js";
import { useDevice, useFrame } from "../context.js";
import { agoText, bpmText, percent } from "../format.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { ConfidenceBar } from "./confidence-bar.js";

interface RoomRowProps {
  id: string;
  /** What the cloud has found about it, beside what the box itself says. */
  alerts: readonly StoredAlert[];
  /** Absent: nothing can be done with many at once. */
  pick?: { picked: boolean; onPick(id: string, range: boolean): void } | undefined;
}

export function RoomRow({ id, alerts, pick }: RoomRowProps) {
  const device = useDevice(id);
  if (!device) return null;
  const { name, venue, status, tempo, grid, override, state, tags } = device;
  const online = state === "online";
  const confidence = online && grid?.running ? grid.confidence : undefined;
  return (
    <div className={online ? "room" : "room room-offline"}>
      {pick && (
        <label className="room-pick">
          <input
            type="checkbox"
            checked={pick.picked}
            aria-label={messages.fleet.pick(name || id)}
            onChange={(event) => pick.onPick(id, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </label>
      )}
      <Link to="/devices/$id" params={{ id }}>
        <span className="room-name">
          <PulseDot device={device} />
          <span>
            <strong>{name || id}</strong>
            <small>{[venue, messages.state[state], ...tags.slice(0, 3)].join(" · ")}</small>
          </span>
        </span>
        <span className="room-tempo">
          <b>{bpmText(online ? tempo?.bpm : undefined)}</b>
          <small>{online && tempo ? messages.tempo[tempo.state] : ""}</small>
        </span>
        <span className="room-confidence">
          <ConfidenceBar value={confidence} />
          <small>{confidence === undefined ? "" : percent(confidence)}</small>
        </span>
        <span className="room-sound">{online && status ? <SoundState device={device} /> : null}</span>
        <span className="room-hand">
          {online && override && override.mode !== "automatic" ? (
            <em className="chip chip-hand">{messages.mode[override.mode]}</em>
          ) : null}
        </span>
        <span className="room-seen muted">
          <WorstAlert device={device} alerts={alerts} />
        </span>
      </Link>
    </div>
  );
}

/** The worst of what is open; of a room that is offline, since when. */
function WorstAlert({ device, alerts }: { device: DeviceView; alerts: readonly StoredAlert[] }) {
  if (device.state === "offline") return agoText(device.lastSeenUs, Date.now() * 1000);
  const all = [...device.alerts, ...alerts];
  const worst = all.find(({ severity }) => severity === "critical") ?? all[0];
  if (!worst) return null;
  return <em className={`chip ${worst.severity === "critical" ? "chip-bad" : "chip-warn"}`}>{worst.message}</em>;
}

function SoundState({ device: { status } }: { device: DeviceView }) {
  if (!status) return null;
  const condition = status.conditions[0];
  if (status.hearing === "down") return <em className="chip chip-bad">{messages.device.capture.hearing}</em>;
  if (status.capture !== "running") return <em className="chip chip-bad">{messages.capture[status.capture]}</em>;
  if (condition) return <em className="chip chip-warn">{messages.conditions[condition]}</em>;
  return <span className="muted">{messages.capture.running}</span>;
}

/** Pulses with the grid; beats themselves come only to who watches the room. */
export function PulseDot({ device }: { device: DeviceView }) {
  const dot = useRef<HTMLElement>(null);
  useFrame((cloudUs) => {
    const phase = device.state === "online" ? gridPhase(device.grid, device.skewUs, cloudUs) : undefined;
    dot.current?.style.setProperty("--pulse", phase === undefined ? "0" : Math.exp(-phase * 4).toFixed(3));
  });
  return <i ref={dot} className={`pulse pulse-${device.state}`} aria-hidden="true" />;
}
