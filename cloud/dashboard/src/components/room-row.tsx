/** One room in the list: is it there, does it hear music, how fast, how sure, and whose hand is on it. */
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { gridPhase } from "../beat-line.js";
import { useFrame } from "../context.js";
import { agoText, bpmText, percent } from "../format.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";
import { ConfidenceBar } from "./confidence-bar.js";

export function RoomRow({ device }: { device: DeviceView }) {
  const { id, name, venue, status, tempo, grid, override, alerts, state } = device;
  const online = state === "online";
  const confidence = online && grid?.running ? grid.confidence : undefined;
  return (
    <li className={online ? "room" : "room room-offline"}>
      <Link to="/devices/$id" params={{ id }}>
        <span className="room-name">
          <PulseDot device={device} />
          <span>
            <strong>{name || id}</strong>
            <small>{`${venue} · ${messages.state[state]}`}</small>
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
          {alerts.length > 0 ? (
            <em className={`chip ${alerts[0]?.severity === "critical" ? "chip-bad" : "chip-warn"}`}>
              {alerts[0]?.message}
            </em>
          ) : (
            !online && agoText(device.lastSeenUs, Date.now() * 1000)
          )}
        </span>
      </Link>
    </li>
  );
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
function PulseDot({ device }: { device: DeviceView }) {
  const dot = useRef<HTMLElement>(null);
  useFrame((cloudUs) => {
    const phase = device.state === "online" ? gridPhase(device.grid, device.skewUs, cloudUs) : undefined;
    dot.current?.style.setProperty("--pulse", phase === undefined ? "0" : Math.exp(-phase * 4).toFixed(3));
  });
  return <i ref={dot} className={`pulse pulse-${device.state}`} aria-hidden="true" />;
}
