/** All rooms at a glance, those in trouble first. */
import { useEffect, useState } from "react";
import { FleetEmpty } from "../components/fleet-empty.js";
import { RoomRow } from "../components/room-row.js";
import { useCloud, useView } from "../context.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";

export function FleetPage() {
  const { link } = useCloud();
  const { known, devices } = useView();
  const [wanted, setWanted] = useState("");
  useEffect(() => link.watch([]), [link]);

  const all = [...devices.values()];
  const shown = all.filter((device) => matches(device, wanted)).sort(byTroubleThenName);
  if (!known) return <p className="waiting">{messages.fleet.waiting}</p>;
  if (all.length === 0) return <FleetEmpty />;
  return (
    <div className="fleet-page">
      <div className="fleet-head">
        <h1>{messages.fleet.title}</h1>
        <span className="muted">
          {messages.fleet.counts(all.filter((device) => device.state === "online").length, all.length)}
        </span>
        <input
          type="search"
          placeholder={messages.fleet.search}
          aria-label={messages.fleet.search}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </div>
      <div className="room-columns" aria-hidden="true">
        {messages.fleet.columns.map((column) => (
          <span key={column}>{column}</span>
        ))}
      </div>
      <ul className="rooms">
        {shown.map((device) => (
          <RoomRow key={device.id} device={device} />
        ))}
      </ul>
      {shown.length === 0 && <p className="muted none">{messages.fleet.none}</p>}
    </div>
  );
}

function matches(device: DeviceView, wanted: string): boolean {
  const text = `${device.name} ${device.id} ${device.status?.source ?? ""}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Alerts, then lost inputs, then the rest by name; rooms that are offline come last. */
function byTroubleThenName(a: DeviceView, b: DeviceView): number {
  return troubleOf(b) - troubleOf(a) || a.id.localeCompare(b.id);
}

function troubleOf(device: DeviceView): number {
  if (device.state === "offline") return -1;
  if (device.alerts.some((alert) => alert.severity === "critical")) return 3;
  if (device.status?.hearing === "down" || device.status?.capture === "lost") return 2;
  return device.alerts.length > 0 ? 1 : 0;
}
