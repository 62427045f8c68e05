/** How people may be called. */
import { z } from "zod";

export const UserName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u, "may hold letters, digits, spaces and . _ @ -, 1 to 64 characters");
