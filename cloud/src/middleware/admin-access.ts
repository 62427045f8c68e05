/** Who may change the fleet: admins, their keys, and who holds the admin token. */
import type { Context } from "hono";
import { BadRequestError } from "../problems.js";
import type { Access } from "./access.js";

const MAX_NAME = 80;

export class AdminAccess {
  readonly #access: Access;

  constructor(options: { access: Access }) {
    this.#access = options.access;
  }

  /** Who asks, for the audit log; with the admin token that is the header `Tactus-Operator`, or "admin". */
  require(context: Context): string {
    const { name, kind } = this.#access.require(context, "manage");
    const given = context.req.header("tactus-operator");
    if (kind !== "token" || given === undefined || (given.length > 0 && given.length <= MAX_NAME)) return name;
    throw new BadRequestError(`The name of the operator has ${given.length} characters, 1 to ${MAX_NAME} are allowed`, {
      field: "Tactus-Operator",
    });
  }
}
