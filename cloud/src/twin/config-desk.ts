/** An operator's change of one layer of configuration into a new state of it, noted, told to the boxes, and undoable. */
import type { RemoteConfig } from "@tactus/shared";
import type { Audit } from "../audit/audit.js";
import { BadRequestError, ConflictError, NotFoundError, PreconditionError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import { type ConfigPatch, contradictionIn, patched, wantedConfig } from "./config-layers.js";
import type { TwinDesk } from "./twin-desk.js";
import type { LayerName, LayerState } from "./twin-tables.js";

export interface ConfigDeskOptions {
  fleet: FleetStore;
  twins: Pick<TwinDesk, "recompose">;
  audit: Audit;
  now(): number;
}

export interface LayerAnswer extends LayerName {
  version: number;
  config: RemoteConfig;
  /** Newest first, the present state included. */
  history: LayerState[];
}

interface Change {
  name: LayerName;
  by: string;
  expectedVersion?: number | undefined;
}

/** States shown of a layer. */
const SHOWN = 50;
/** Changes at the same time that one may lose against. */
const MAX_ATTEMPTS = 10;
/** States looked through for one to go back to. */
const SEARCHED = 1000;

export class ConfigDesk {
  readonly #options: ConfigDeskOptions;

  constructor(options: ConfigDeskOptions) {
    this.#options = options;
  }

  async layer(name: LayerName): Promise<LayerAnswer> {
    const history = await this.#options.fleet.twins.layerHistory(name, SHOWN);
    const { version = 0, config = {} } = history[0] ?? {};
    return { ...name, version, config, history };
  }

  /** Throws BadRequestError for values that contradict one another, PreconditionError when somebody else was quicker. */
  async change({ name, by, expectedVersion, patch }: Change & { patch: ConfigPatch }): Promise<LayerAnswer> {
    for (let attempt = 1; ; attempt++) {
      const { version, config } = await this.#options.fleet.twins.layer(name);
      requireVersion(version, expectedVersion);
      const change = { name, by, expectedVersion: version, action: "config.change", detail: { patch } };
      try {
        return await this.#put({ ...change, config: patched(config, patch) });
      } catch (error) {
        // Who named no version is not asked to try again: the patch holds on what is there now, too.
        const isLost = error instanceof PreconditionError && expectedVersion === undefined;
        if (!isLost || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Back to how it was before the newest change, or to the state of `version`; 0 = nothing is wanted. */
  async undo({ name, by, expectedVersion, version }: Change & { version?: number | undefined }): Promise<LayerAnswer> {
    const history = await this.#options.fleet.twins.layerHistory(name, SEARCHED);
    const [present] = history;
    if (!present) throw new ConflictError("Nothing was ever changed here: there is nothing to undo");
    requireVersion(present.version, expectedVersion);
    const wanted = version ?? present.version - 1;
    const target = history.find((state) => state.version === wanted);
    if (!target && wanted !== 0) {
      throw new NotFoundError(`There is no version ${wanted} of this configuration`, {
        field: "version",
        remedy: `Versions 0 to ${present.version} can be gone back to`,
      });
    }
    const config = target?.config ?? {};
    const detail = { toVersion: wanted };
    return this.#put({ name, by, expectedVersion: present.version, config, action: "config.undo", detail });
  }

  async #put(change: {
    name: LayerName;
    by: string;
    expectedVersion: number;
    config: RemoteConfig;
    action: string;
    detail: Record<string, unknown>;
  }): Promise<LayerAnswer> {
    const { fleet, twins, audit, now } = this.#options;
    const { name, by, config, expectedVersion, action, detail } = change;
    await this.#requireSense(name, config);
    const subject = name.scope === "fleet" ? "fleet" : name.subject;
    await audit({ by, action, subject, detail: { scope: name.scope, fromVersion: expectedVersion, ...detail } });
    const state = await fleet.twins.changeLayer({ ...name, config, by, atUs: now(), expectedVersion });
    if (!state) throw conflict("another version", expectedVersion);
    await twins.recompose(name.scope === "device" ? [name.subject] : undefined);
    return this.layer(name);
  }

  /** A device's layer lies on those of its venue and the fleet: together they must make sense. */
  async #requireSense(name: LayerName, config: RemoteConfig): Promise<void> {
    if (name.scope !== "device" && config.name !== undefined) {
      throw new BadRequestError("Config name: a name belongs to one device", {
        field: "name",
        remedy: "Set it with PATCH /api/v1/devices/{id}/config",
      });
    }
    const layers = name.scope === "device" ? await this.#options.fleet.twins.layersOf(name.subject) : undefined;
    const together = layers ? wantedConfig({ ...layers, device: config }) : config;
    const wrong = contradictionIn(together);
    if (!wrong) return;
    throw new BadRequestError(`Config ${wrong.reason}`, {
      field: wrong.field,
      remedy: "Change both in one request, so that freezeMs is at most leadMs",
    });
  }
}

function requireVersion(present: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== present) throw conflict(`version ${present}`, expected);
}

function conflict(present: string, expected: number): PreconditionError {
  return new PreconditionError(
    `The configuration is at ${present} by now, not at ${expected}: somebody else changed it`,
    {
      field: "If-Match",
      remedy: "Read it again and repeat the change on what is there now",
    },
  );
}
