/** Where the files of a model come from: the contract of who fetches them. */
import { type ModelName, TactusError } from "@tactus/shared";

export interface ModelSource {
  /**
   * Brings manifest.json and every file it names into the folder `into` (made when it is not there). What lies there
   * already with the right hash is kept: a fetch that was interrupted goes on. Files that do not belong are removed.
   *
   * Rejects with UpdateRefusedError when the model must not be taken (a signature, a hash, a version below the floor …),
   * with UnavailableError when trying again later may help, with the signal's reason when it was called off; a full disk
   * comes through as the ENOSPC of the system. `onProgress` gets the share that is there, [0, 1].
   */
  fetch(model: ModelName, into: string, signal: AbortSignal, onProgress: (share: number) => void): Promise<void>;
}

/** The model must not be taken; said to the cloud as the reason of the state `refused`. At most 400 characters. */
export class UpdateRefusedError extends TactusError {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, "update-refused", options);
    this.reason = reason;
  }
}
