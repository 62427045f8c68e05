/** Who may change the fleet: who holds the admin token, from wherever. */
import type { Context } from "hono";
import { BadRequestError, UnauthorizedError } from "../problems.js";
import { sameSecret } from "../secrets.js";
import { bearerToken } from "./write-access.js";

const MAX_NAME = 80;

/** Users and roles will take this place: routes ask nothing else. */
export class AdminAccess {
  readonly #token: string;

  constructor(options: { token: string }) {
    this.#token = options.token;
  }

  /**
   * Who asks, for the audit log: the header `Tactus-Operator`, or "admin". Throws UnauthorizedError saying where the token is.
   */
  require(context: Context): string {
    const given = bearerToken(context.req.header("authorization"));
    if (given === undefined || !sameSecret(given, this.#token)) {
      throw new UnauthorizedError(given === undefined ? "This needs the admin token" : "The admin token is wrong", {
        field: "Authorization",
        remedy: 'Send "Authorization: Bearer <token>" with the token in the file admin-token of the data directory',
      });
    }
    const name = context.req.header("tactus-operator") ?? "admin";
    if (name.length > 0 && name.length <= MAX_NAME) return name;
    throw new BadRequestError(`The name of the operator has ${name.length} characters, 1 to ${MAX_NAME} are allowed`, {
      field: "Tactus-Operator",
    });
  }
}
