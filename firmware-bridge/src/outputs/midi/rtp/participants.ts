/** Who is in the RTP-MIDI session, and since when each was last heard. */

/** More are refused: a clock needs few listeners, and anybody on the network may ask. */
const MAX_PARTICIPANTS = 16;
/** The initiator asks for the time at least once a minute; who does not is gone. Seconds. */
const GUEST_TIMEOUT_S = 65;

export interface Participant {
  ssrc: number;
  token: number;
  name: string;
  address: string;
  controlPort: number;
  /** 0 until it has come, or answered, on the data port too. */
  dataPort: number;
  /** Whose invitation it was. */
  invitedBy: "us" | "them";
  lastHeard: number;
  /** Half of the last clock exchange's way there and back, seconds. */
  networkDelayS: number | undefined;
}

export class Participants {
  readonly #bySsrc = new Map<number, Participant>();

  /** Those that have both ports, which get the music's clock. */
  get connected(): Participant[] {
    return [...this.#bySsrc.values()].filter(({ dataPort }) => dataPort > 0);
  }

  get(ssrc: number): Participant | undefined {
    return this.#bySsrc.get(ssrc);
  }

  find({ token, port }: { token: number | undefined; port: number }): Participant | undefined {
    const all = [...this.#bySsrc.values()];
    return all.find((one) => one.token === token) ?? all.find(({ dataPort }) => dataPort === port);
  }

  /** False when the session is full. A second invitation of the same one takes the place of its first. */
  admit(participant: Participant): boolean {
    if (!this.#bySsrc.has(participant.ssrc) && this.#bySsrc.size >= MAX_PARTICIPANTS) return false;
    this.#bySsrc.set(participant.ssrc, participant);
    return true;
  }

  remove(ssrc: number): Participant | undefined {
    const gone = this.#bySsrc.get(ssrc);
    this.#bySsrc.delete(ssrc);
    return gone;
  }

  clear(): void {
    this.#bySsrc.clear();
  }

  /** Removes and returns guests not heard of for more than a minute. */
  dropSilent(now: number): Participant[] {
    const silent = [...this.#bySsrc.values()].filter(
      ({ invitedBy, lastHeard }) => invitedBy === "them" && now - lastHeard > GUEST_TIMEOUT_S,
    );
    for (const { ssrc } of silent) this.#bySsrc.delete(ssrc);
    return silent;
  }
}
