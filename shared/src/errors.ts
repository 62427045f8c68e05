/** The error family: classes by what the caller can do about it. */

/** Anything that a person, not a programmer, can put right. The message names the value and the remedy. */
export class TactusError extends Error {
  constructor(
    message: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The input cannot be used as it is: a file, a message, a setting. */
export class InputError extends TactusError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, "bad-input", options);
  }
}

/** The command line was used wrongly: exit code 2. */
export class UsageError extends TactusError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, "usage", options);
  }
}

/** Something outside is missing or down and may come back: a sound device, a broker, a program. */
export class UnavailableError extends TactusError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, "unavailable", options);
  }
}
