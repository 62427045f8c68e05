/** A frame into one line that a person can read. */
import type { Announcement, StampedFrame, TactusFrame } from "./tactus-frame-packet.js";

export function frameWords(frame: StampedFrame | TactusFrame): string {
  switch (frame.type) {
    case "hello":
      return `hello, protocol ${frame.major}.${frame.minor}`;
    case "beat":
    case "grid":
      return `${frame.type} ${announcementWords(frame)}`;
    case "level":
      return `level ${percent(frame.level)}, ${frame.mode}, ${frame.effect} in rgb ${frame.colour.join(" ")}`;
    case "pixels":
      return `pixels ${frame.first} to ${frame.first + frame.rgb.length / 3 - 1}${frame.show ? ", show" : ""}`;
    case "ping":
      return "ping";
    case "welcome":
      return (
        `welcome, protocol ${frame.major}.${frame.minor}, firmware ${frame.version}, ${frame.board} board, ` +
        `${frame.pixels} pixels, at most ${frame.flashesPerSecond || "unlimited"} flashes a second`
      );
    case "pong":
      return pongWords(frame);
  }
}

function announcementWords({
  beat,
  dueInUs,
  beatInBar,
  beatsPerBar,
  bar,
  periodUs,
  confidence,
  freeRunning,
}: Announcement) {
  const place = beatInBar === 0 ? "place unknown" : `${beatInBar} of ${beatsPerBar}`;
  const source = freeRunning ? ", free-running" : "";
  const due = `${(dueInUs / 1000).toFixed(1)} ms`;
  return `${beat} in ${due}, ${place}, bar ${bar}, ${(60e6 / periodUs).toFixed(2)} bpm, sure ${percent(confidence)}${source}`;
}

function pongWords(pong: TactusFrame & { type: "pong" }): string {
  const phase = pong.following ? `phase error ${(pong.phaseErrorUs / 1000).toFixed(2)} ms` : "no beat yet";
  const frames = `${pong.good} frames, ${pong.bad} damaged, ${pong.lost} lost`;
  return `pong: ${pong.mode}, level ${percent(pong.level)}, ${phase}, crystal ${pong.ratePpm} ppm, ${frames}`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
