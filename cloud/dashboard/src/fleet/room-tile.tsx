/** One room as a tile: its pulse, its name, how fast it is and whether it needs somebody. */
import type { StoredAlert } from "@tactus/cloud";
import { Link } from "@tanstack/react-router";
import { PulseDot } from "../components/room-row.js";
import { useDevice } from "../context.js";
import { bpmText } from "../format.js";
import { messages } from "../messages.js";
import { healthOf, musicOf } from "./fleet-order.js";

export function RoomTile({ id, alerts }: { id: string; alerts: ReadonlyMap<string, StoredAlert[]> }) {
  const device = useDevice(id);
  if (!device) return null;
  const health = healthOf(device, alerts);
  const music = musicOf(device);
  return (
    <Link to="/devices/$id" params={{ id }} className={`tile tile-${health}`}>
      <span className="tile-name">
        <PulseDot device={device} />
        <strong>{device.name || device.device}</strong>
      </span>
      <b className="number">{bpmText(device.state === "online" ? device.tempo?.bpm : undefined)}</b>
      <small>
        {health === "good"
          ? messages.fleet.music[music as keyof typeof messages.fleet.music]
          : messages.fleet.health[health]}
      </small>
    </Link>
  );
}
