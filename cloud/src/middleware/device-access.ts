/** A device's own HTTP requests: its login in the Authorization header (Basic, RFC 7617) into the address it speaks for. */
import type { DeviceAddress } from "@tactus/shared";
import type { Context } from "hono";
import type { DeviceAuth } from "../broker/device-auth.js";
import { UnauthorizedError } from "../problems.js";

/** Throws UnauthorizedError. */
export async function requireDeviceLogin(auth: DeviceAuth, context: Context): Promise<DeviceAddress> {
  const [username, password] = basicLogin(context.req.header("authorization"));
  const at = await auth.check(username, password);
  if (at) return at;
  throw new UnauthorizedError("Unknown device or wrong password", {
    field: "Authorization",
    remedy: "A device sends its own login by HTTP Basic; one that was revoked must be claimed again",
  });
}

function basicLogin(header = ""): [username: string, password: string] {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(header)?.[1] ?? "";
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? ["", ""] : [text.slice(0, colon), text.slice(colon + 1)];
}
