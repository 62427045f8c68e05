import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BeatCue } from "../output.js";
import { type LeadOptions, SessionLead } from "./session-lead.js";

/** A Link session reduced to its tempo and place, and one that leads it. */
function room(options: Partial<LeadOptions> & { sessionBpm?: number; phase?: number; peers?: number } = {}) {
  const { sessionBpm = 120, phase = 0, peers = 0, ...lead } = options;
  const session = { bpm: sessionBpm, phase, peers };
  const leader = new SessionLead({ followRoom: true, join: "gentle", minConfidence: 0.5, maxSteerPercent: 1, ...lead });
  const sent: string[] = [];
  let beat = 0;
  let clock = 0;
  const play = (cue: Partial<BeatCue> = {}) => {
    const bpm = cue.bpm ?? 128;
    const commands = leader.onBeat({
      cue: { ...CUE, beatInBar: (beat % 4) + 1, bpm, ...cue, fireAt: clock },
      phase: session.phase,
      quantum: 4,
      bpm: session.bpm,
      peers: session.peers,
    });
    for (const command of commands) {
      sent.push(command.kind === "bpm" ? "bpm" : command.force ? "force" : "request");
      if (command.kind === "bpm") session.bpm = command.bpm;
      else if (command.force || session.peers === 0) session.phase = command.beat;
    }
    beat += 1;
    clock += 60 / bpm;
    session.phase = (session.phase + session.bpm / bpm) % 4;
    return commands;
  };
  /** Beats by which the session is ahead of the next cue's place. */
  const ahead = () => ((session.phase - (beat % 4) + 6) % 4) - 2;
  return { session, leader, sent, play, ahead };
}

const CUE: BeatCue = {
  beatId: "one",
  dueAt: 0,
  fireAt: 0,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 1,
  bpm: 128,
  confidence: 0.9,
  energy: { low: 0, mid: 0, high: 0 },
  source: "announced",
};

describe("SessionLead", () => {
  it("sets tempo and bar at once when alone, then leaves a session that fits in peace", () => {
    const { play, sent, session, ahead } = room({ phase: 2.3 });

    for (let i = 0; i < 100; i += 1) play();

    expect(sent).toEqual(["bpm", "request"]);
    expect(session.bpm).toBe(128);
    expect(Math.abs(ahead())).toBeLessThan(0.005);
  });

  it("says nothing on unsure or free-running beats", () => {
    const { play, sent } = room();

    play({ confidence: 0.3 });
    play({ source: "free-running" });

    expect(sent).toEqual([]);
  });

  it("steers a drifted session back without placing it anew", () => {
    const { play, sent, session, ahead } = room();
    play();
    session.phase += 0.1;

    for (let i = 0; i < 60; i += 1) play();

    expect(sent.filter((one) => one !== "bpm")).toEqual(["request"]);
    expect(Math.abs(ahead())).toBeLessThan(0.005);
  });

  it("places it anew when it is far off for two beats", () => {
    const { play, sent, session } = room();
    play();
    session.phase += 0.3;

    for (let i = 0; i < 3; i += 1) play();

    expect(sent.filter((one) => one === "request")).toHaveLength(2);
  });

  it("moves the bar only once it has been wrong for two bars", () => {
    const { play, sent, session } = room();
    play();
    session.phase = (session.phase + 1) % 4;

    for (let i = 0; i < 7; i += 1) play();
    expect(sent).toEqual(["bpm", "request"]);
    play();

    expect(sent.filter((one) => one === "request")).toHaveLength(2);
  });

  it("follows a new song's tempo at once when alone", () => {
    const { play, session } = room();
    play();
    play({ bpm: 174 });

    expect(session.bpm).toBe(174);
  });

  it("leaves a session of others alone when its tempo is another", () => {
    const { play, sent, leader } = room({ peers: 1, sessionBpm: 97 });

    for (let i = 0; i < 100; i += 1) play();

    expect(sent).toEqual([]);
    expect(leader.state).toBe("guest");
  });

  it("leaves every session of others alone with followRoom: false", () => {
    const { play, sent } = room({ peers: 2, sessionBpm: 128, followRoom: false, join: "force" });

    for (let i = 0; i < 100; i += 1) play();

    expect(sent).toEqual([]);
  });

  it("glides a session of others that has the room's tempo, at most 1 % a beat", () => {
    const { play, session, sent, ahead } = room({ peers: 1, sessionBpm: 126, phase: 0.3 });
    for (let i = 0; i < 300; i += 1) {
      const before = session.bpm;
      play();
      expect(Math.abs(session.bpm / before - 1)).toBeLessThanOrEqual(0.0101);
    }

    expect(new Set(sent)).toEqual(new Set(["bpm"]));
    expect(Math.abs(((ahead() + 2.5) % 1) - 0.5)).toBeLessThan(0.005);
  });

  it("forces a session of others with join: force", () => {
    const { play, sent, session } = room({ peers: 1, sessionBpm: 97, join: "force" });

    play();

    expect(sent).toEqual(["bpm", "force"]);
    expect(session.bpm).toBe(128);
  });

  it("yields when somebody sets another tempo by hand", () => {
    const { play, sent, session, leader } = room({ peers: 1, sessionBpm: 128 });
    for (let i = 0; i < 20; i += 1) play();
    session.bpm = 140;
    sent.length = 0;

    for (let i = 0; i < 50; i += 1) play();

    expect(sent).toEqual([]);
    expect(leader.state).toBe("guest");
  });

  it("gives up on a session that flees, as one does whose peer plays the music", () => {
    const { play, session, leader, sent } = room({ peers: 1, sessionBpm: 128 });
    for (let i = 0; i < 200; i += 1) {
      session.phase = (i + 0.1) % 4; // the music comes from it: always as far ahead as the room is late
      play({ bpm: session.bpm });
    }
    sent.length = 0;
    play();

    expect(leader.state).toBe("given up");
    expect(sent).toEqual([]);
    expect(session.bpm).toBe(128);
  });

  it("keeps a session it leads in phase whatever the beats wander", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 120, maxLength: 120 }),
        fc.double({ min: 0, max: 3.99, noNaN: true }),
        fc.double({ min: 70, max: 190, noNaN: true }),
        (wander, phase, bpm) => {
          const { play, ahead } = room({ phase });
          for (const one of wander) play({ bpm: bpm + one });
          return Math.abs(ahead()) < 0.15;
        },
      ),
    );
  });
});
