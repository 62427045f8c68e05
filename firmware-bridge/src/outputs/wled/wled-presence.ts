/** Controllers asked over HTTP, in turn and for as long as the output runs, into "receiving or not". */
import { setTimeout as sleep } from "node:timers/promises";
import { fetchWledInfo, type WledInfo } from "../../wled-info.js";
import type { OutputHealth } from "../output.js";

export interface WledPresenceOptions {
  hosts: readonly string[];
  everyS: number;
}

interface Answer {
  info: WledInfo | undefined;
  /** Why not, and what to do; empty when all is well. */
  trouble: string;
}

export class WledPresence {
  readonly #options: WledPresenceOptions;
  readonly #answers = new Map<string, Answer>();
  #abort: AbortController | undefined;

  constructor(options: WledPresenceOptions) {
    this.#options = options;
  }

  start(): void {
    const abort = new AbortController();
    this.#abort = abort;
    for (const host of this.#options.hosts) void this.#watch(host, abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#answers.clear();
  }

  health(): Pick<OutputHealth, "receiving" | "peer" | "lastError"> {
    const answers = this.#options.hosts.map((host) => ({ host, answer: this.#answers.get(host) }));
    const isUnknown = answers.length === 0 || answers.some(({ answer }) => !answer);
    const troubles = answers.map(({ answer }) => answer?.trouble ?? "").filter((text) => text !== "");
    return {
      receiving: troubles.length > 0 ? "not-receiving" : isUnknown ? "unknown" : "receiving",
      peer: answers.map(({ host, answer }) => described(host, answer)).join(", "),
      lastError: troubles[0] ?? "",
    };
  }

  async #watch(host: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answer = await asked(host, signal);
      if (signal.aborted) return;
      this.#answers.set(host, answer);
      await sleep(this.#options.everyS * 1000, undefined, { signal, ref: false }).catch(() => {}); // aborted
    }
  }
}

const REMEDY: Record<WledInfo["soundSync"], string> = {
  receiving: "",
  waiting: "no sound sync packets arrive: check port, network and multicast (or name it under hosts)",
  off: "sound sync is off: set Config > Usermods > AudioReactive > Sync to Receive",
  none: "this build has no AudioReactive usermod: install one that has",
};

async function asked(host: string, signal: AbortSignal): Promise<Answer> {
  try {
    const info = await fetchWledInfo(host, signal);
    const remedy = REMEDY[info.soundSync];
    return { info, trouble: remedy && `WLED ${info.name || host}: ${remedy}` };
  } catch (cause) {
    const reason = (cause as Error & { cause?: Error }).cause?.message ?? (cause as Error).message;
    return { info: undefined, trouble: `WLED ${host} does not answer (${reason}): check power, network and address` };
  }
}

function described(host: string, answer: Answer | undefined): string {
  const { info } = answer ?? {};
  return info ? `${info.name} ${info.version} at ${host}, sound sync ${info.soundSync}` : host;
}
