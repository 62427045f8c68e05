/** Tracks with analyses, plays and telemetry into the tables of a fleet.db, by the calls that the cloud itself makes. */

const SECOND = 1_000_000;
const START_US = 1_790_000_000_000_000;
const PLAY_S = 240;

/**
 * @param tables what fleetTables() gives
 * @param size how many tracks, analyses of each, plays of each; a summary a minute while it plays
 * @returns ids of the tracks, the oldest first
 */
export function fillTracks(tables, { tracks = 1, versions = 2, plays = 30 } = {}) {
  return Array.from({ length: tracks }, (_, index) => fillTrack(tables, { index, versions, plays }));
}

function fillTrack({ tracks, telemetry }, { index, versions, plays }) {
  const id = `t-${String(index).padStart(4, "0")}`;
  const sha256 = index.toString(16).padStart(64, "0");
  tracks.add({
    ...{ id, title: `Night ${index}`, artist: "The Pulses", durationMs: PLAY_S * 1000, sha256 },
    ...{ addedUs: START_US, addedBy: "ada" },
  });
  for (let version = 1; version <= versions; version++) analyse(tracks, { id, version });
  for (let k = 0; k < plays; k++) {
    const device = `club-${index % 7}.main`;
    const fromUs = START_US + (index * plays + k) * (PLAY_S + 10) * SECOND;
    tracks.putPlays([
      { track: id, device, version: versions, fromUs, toUs: fromUs + PLAY_S * SECOND, lockQuality: 0.93 },
    ]);
    telemetry.add(summaries({ device, fromUs, first: (index * plays + k) * 4 }));
  }
  return id;
}

function analyse(tracks, { id, version }) {
  const made = tracks.addVersion({
    ...{ track: id, model: "tactus-atlas", modelVersion: `1.${version}.0`, createdUs: START_US + version },
  });
  const artifacts = ["genesis-map", "waveform", "fingerprint", "embedding"].map((kind, k) => ({
    ...{ kind, sha256: String(k).repeat(64), bytes: 40_000 + k, path: `${id}/${version}/${kind}` },
  }));
  const names = ["f-measure", "downbeat-f-measure", "cmlt", "amlt", "tempo-error", "key-confidence"];
  const metrics = names.map((name, k) => ({ name, value: 0.9 + k / 100 }));
  tracks.changeVersion({ id: made.id, state: "done", reason: "", tookMs: 3800 + version }, { artifacts, metrics });
}

function summaries({ device, fromUs, first }) {
  return [30, 90, 150, 210].map((afterS, k) => {
    const sentAtUs = fromUs + afterS * SECOND;
    return { device, receivedAtUs: sentAtUs + 20_000, message: telemetryMessage(sentAtUs, first + k) };
  });
}

function telemetryMessage(sentAtUs, sequence) {
  const stage = (p50) => ({ p50, p99: p50 * 2, max: p50 * 3 });
  const latency = {
    ...{ capture: stage(0.4), frontend: stage(0.3), model: stage(2.1), decoder: stage(0.5), hop: stage(3.4) },
  };
  const load = { uptimeS: 4000 + sequence * 60, cpu: 0.031, residentMb: 92.4, hops: 3000, lateHops: 0, xruns: 0 };
  return { v: 1, session: "4f1c", sequence, sentAtUs, ...load, latency };
}
