/** One room: what it hears, when its beats fall, what the hand does, how it has been. */
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { Alternatives } from "../components/alternatives.js";
import { BoxPanel } from "../components/box-panel.js";
import { Hero } from "../components/hero.js";
import { HistoryPanel } from "../components/history-panel.js";
import { LatencyTable } from "../components/latency-table.js";
import { OutputsPanel } from "../components/outputs-panel.js";
import { OverridePad } from "../components/override-pad.js";
import { RigPanel } from "../components/rig-panel.js";
import { Spectrum } from "../components/spectrum.js";
import { SpokenSummary } from "../components/spoken-summary.js";
import { TempoCurve } from "../components/tempo-curve.js";
import { useCommands } from "../components/use-commands.js";
import { useCloud, useDevice, useView } from "../context.js";
import { agoText } from "../format.js";
import { messages } from "../messages.js";
import type { DeviceView } from "../store.js";

export function DevicePage({ id }: { id: string }) {
  const { link } = useCloud();
  const { known } = useView();
  const device = useDevice(id);
  useEffect(() => {
    link.watch([id]);
    return () => link.watch([]);
  }, [link, id]);
  if (!known) return <p className="waiting">{messages.link.connecting}</p>;
  if (!device) return <UnknownDevice id={id} />;
  return <DeviceParts device={device} />;
}

function DeviceParts({ device }: { device: DeviceView }) {
  const { store } = useCloud();
  const room = store.room(device.id);
  const { fate, send } = useCommands(device.id);
  return (
    <div className="device-page">
      <DeviceHead device={device} />
      <Hero device={device} room={room} />
      <OverridePad device={device} fate={fate} send={send} />
      <Spectrum room={room} />
      <Alternatives device={device} send={send} />
      <BoxPanel device={device} />
      <RigPanel device={device} room={room} />
      <OutputsPanel device={device} />
      <TempoCurve room={room} />
      <LatencyTable telemetry={device.telemetry} />
      <HistoryPanel id={device.id} />
      <SpokenSummary device={device} />
    </div>
  );
}

function DeviceHead({ device }: { device: DeviceView }) {
  const { id, name, state, alerts, lastSeenUs } = device;
  return (
    <header className="device-head">
      <Link to="/" className="back">
        ‹ {messages.device.back}
      </Link>
      <h1>{name || id}</h1>
      <span className="muted">{id}</span>
      <em className={`chip ${state === "online" ? "chip-good" : "chip-bad"}`} data-testid="state">
        {messages.state[state]}
      </em>
      {state === "offline" && (
        <p className="notice">{messages.device.offline(agoText(lastSeenUs, Date.now() * 1000))}</p>
      )}
      {alerts.map((alert) => (
        <p key={alert.id} className={`notice notice-${alert.severity}`} role="alert">
          <strong>{alert.message}</strong> {alert.remedy}
        </p>
      ))}
    </header>
  );
}

function UnknownDevice({ id }: { id: string }) {
  return (
    <section className="empty">
      <h1>{messages.device.unknownTitle}</h1>
      <p>{messages.device.unknown(id)}</p>
      <Link to="/">‹ {messages.device.back}</Link>
    </section>
  );
}
