/** One host that we invite to the session, again and again until it comes. Pure: it says what to send when. */

const RETRY_S = 1;
/** After so many unanswered ones the pause grows. */
const EAGER_TRIES = 12;
const PATIENT_RETRY_S = 5;
const REFUSED_RETRY_S = 10;
/** Clock exchanges: so many quickly, then calmly. */
const QUICK_CLOCKS = 5;
const QUICK_CLOCK_S = 1;
const CALM_CLOCK_S = 10;
/** Exchanges without an answer until the host counts as gone. */
const MAX_UNANSWERED = 3;

export type InvitationStep = "invite-control" | "invite-data" | "clock" | "gone" | "nothing";

export class Invitation {
  readonly host: string;
  readonly port: number;
  readonly token: number;
  #stage: "control" | "data" | "joined" = "control";
  #nextAt = 0;
  #tries = 0;
  #clocks = 0;
  #unanswered = 0;

  constructor({ host, port, token }: { host: string; port: number; token: number }) {
    this.host = host;
    this.port = port;
    this.token = token;
  }

  get joined(): boolean {
    return this.#stage === "joined";
  }

  /** What is due at `now`. Asked a few times a second. */
  step(now: number): InvitationStep {
    if (now < this.#nextAt) return "nothing";
    if (this.#stage === "joined") return this.#clockStep(now);
    this.#tries += 1;
    this.#nextAt = now + (this.#tries < EAGER_TRIES ? RETRY_S : PATIENT_RETRY_S);
    return this.#stage === "control" ? "invite-control" : "invite-data";
  }

  /** OK came on a port. True when it was the one waited for. */
  accepted(port: "control" | "data"): boolean {
    if (this.#stage !== port) return false;
    this.#stage = port === "control" ? "data" : "joined";
    this.#nextAt = 0;
    this.#clocks = this.#unanswered = 0;
    return true;
  }

  refused(now: number): void {
    this.#restart();
    this.#nextAt = now + REFUSED_RETRY_S;
  }

  /** It said good-bye, or fell silent: ask again. */
  left(now: number): void {
    this.#restart();
    this.#nextAt = now + RETRY_S;
  }

  clockAnswered(): void {
    this.#unanswered = 0;
  }

  #restart(): void {
    this.#stage = "control";
    this.#tries = 0;
  }

  #clockStep(now: number): InvitationStep {
    if (this.#unanswered >= MAX_UNANSWERED) {
      this.left(now);
      return "gone";
    }
    this.#clocks += 1;
    this.#unanswered += 1;
    this.#nextAt = now + (this.#clocks <= QUICK_CLOCKS ? QUICK_CLOCK_S : CALM_CLOCK_S);
    return "clock";
  }
}
