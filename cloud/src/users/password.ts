/** Passwords into hashes that are dear to guess by, and back into yes or no. */
import { hash, verify } from "@node-rs/argon2";
import { BadRequestError } from "../problems.js";

/** Argon2id with 19 MiB and two passes, as OWASP's cheat sheet for password storage has it. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 200;

/** Throws BadRequestError for one that is too short, or nothing but its owner's name. */
export async function hashPassword(password: string, name: string): Promise<string> {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw new BadRequestError(`The password has ${password.length} characters`, {
      field: "password",
      remedy: `Give ${MIN_PASSWORD} to ${MAX_PASSWORD} characters: a few words are good`,
    });
  }
  if (new Set(password).size < 5 || password.toLowerCase().includes(name.toLowerCase())) {
    throw new BadRequestError("The password is guessed at once", {
      field: "password",
      remedy: "Give one without your name and with more than a few different characters",
    });
  }
  return hash(password, COST);
}

let dummy: Promise<string> | undefined;

/** As long for an unknown user (`passwordHash` undefined) as for a known one. */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  dummy ??= hash("nobody has this password", COST);
  const matches = await verify(passwordHash ?? (await dummy), password.slice(0, MAX_PASSWORD));
  return matches && passwordHash !== undefined;
}
