/** `GET /api/v1/ca.pem`: the authority that boxes are to believe, for those who know its fingerprint. */
import type { Context } from "hono";
import { NotFoundError } from "../problems.js";

export const getAuthority =
  (ca: () => string | undefined) =>
  (context: Context): Response => {
    const pem = ca();
    if (pem === undefined) {
      throw new NotFoundError("This cloud has no authority of its own", { remedy: "See `tactus cloud init --help`" });
    }
    return context.body(pem, 200, { "content-type": "application/x-pem-file", "cache-control": "no-store" });
  };
