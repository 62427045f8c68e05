/** The identity of a box, put together: its login or its claim codes, and the small page that shows them. */
import type { Clock } from "@tactus/shared";
import type { Logger } from "pino";
import type { FromProcess, ProcessStart } from "../process-channel.js";
import { BoxIdentity } from "./box-identity.js";
import { ClaimPage } from "./claim-page.js";
import type { CloudConnection } from "./cloud-connection.js";

export interface BoxIdentityRun {
  /** Undefined: no cloud, or the box waits to be claimed. */
  connection: CloudConnection | undefined;
  /** Fetches a new login now. Undefined: this box's login is in its own file. */
  rotate: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

export interface OpenBoxIdentityOptions {
  order: ProcessStart;
  clock: Clock;
  log: Logger;
  tellSupervisor: (message: FromProcess) => void;
}

/** Throws InputError when the settings of the cloud cannot be used. */
export async function openBoxIdentity(options: OpenBoxIdentityOptions): Promise<BoxIdentityRun> {
  const identity = identityOf(options);
  const connection = await identity?.start();
  const page = await openPage(options, identity);
  const canRotate = connection !== undefined && identity?.state.state === "claimed";
  return {
    connection,
    rotate: canRotate ? async () => void (await connection.rotate()) : undefined,
    stop: async () => {
      await Promise.all([identity?.stop(), page?.stop()]);
    },
  };
}

function identityOf({ order, clock, log, tellSupervisor }: OpenBoxIdentityOptions): BoxIdentity | undefined {
  const { cloud, stateDir } = order.config;
  if (!cloud) return undefined;
  return new BoxIdentity({
    cloud,
    stateDir,
    floorMs: order.timeFloorMs,
    clock,
    log,
    onCode: (shown) =>
      tellSupervisor({ kind: "claim-code", code: shown?.code ?? "", validForS: shown?.validForS ?? 0 }),
    onClaimed: () => tellSupervisor({ kind: "claimed" }),
  });
}

/** Without it everything else goes on. */
async function openPage(
  { order, clock, log }: OpenBoxIdentityOptions,
  identity: BoxIdentity | undefined,
): Promise<ClaimPage | undefined> {
  const { page: settings, mqtt, venue, device } = order.config;
  if (!settings) return undefined;
  const page = new ClaimPage({
    ...settings,
    pairingCode: mqtt.pairingCode,
    monotonic: () => clock.monotonic(),
    code: () => {
      const { code = "", codeEndsAt = 0 } = identity?.state ?? {};
      const validForS = codeEndsAt - clock.monotonic();
      return code === "" || validForS <= 0 ? undefined : { code, validForS };
    },
    facts: () => [
      ["Device", `${venue}.${device}`],
      ["Cloud", identity ? WORDS[identity.state.state] : "none configured"],
      ["Serial", identity?.state.serial || "–"],
    ],
  });
  try {
    const port = await page.start();
    log.info({ host: settings.host, port }, "The box's page is up");
    return page;
  } catch (error) {
    log.warn({ reason: (error as Error).message }, "The box has no page");
    return undefined;
  }
}

const WORDS = {
  "own-login": "configured with a login of its own",
  unclaimed: "waits to be claimed",
  claimed: "claimed",
  refused: "refuses this box: claim it again",
};
