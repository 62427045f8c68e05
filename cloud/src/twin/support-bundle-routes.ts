/** `/api/v1/devices/{id}/support-bundles`: sent by the box with its own login, read by who may change the fleet. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { DeviceAuth } from "../broker/device-auth.js";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { requireDeviceLogin } from "../middleware/device-access.js";
import { BadRequestError, ForbiddenError, NotFoundError, TooLargeError } from "../problems.js";
import { BUNDLE_REQUEST, MAX_BUNDLE_BYTES, type SupportBundles } from "./support-bundles.js";

export interface BundleRouteParts {
  bundles: SupportBundles;
  admin: AdminAccess;
  auth: DeviceAuth;
}

/** Goes before the limit of the other routes. */
export const bundleLimit = bodyLimit({
  maxSize: MAX_BUNDLE_BYTES,
  onError: () => {
    throw new TooLargeError(`The bundle is larger than ${MAX_BUNDLE_BYTES} bytes`, { field: "body" });
  },
});

export const putBundle =
  ({ bundles, auth }: BundleRouteParts) =>
  async (context: Context): Promise<Response> => {
    const speaker = deviceIdOf(await requireDeviceLogin(auth, context));
    const device = context.req.param("id") ?? "";
    if (speaker !== device) throw new ForbiddenError(`"${speaker}" may not speak for "${device}"`, { field: "id" });
    const requestId = context.req.param("request") ?? "";
    if (!BUNDLE_REQUEST.test(requestId)) {
      throw new BadRequestError("The request's name may hold only letters, digits, dots, hyphens and underscores", {
        field: "request",
      });
    }
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
      throw new BadRequestError("The bundle is not compressed with gzip", { field: "body" });
    }
    await bundles.put({ device, requestId }, bytes);
    return context.body(null, 204);
  };

export const listBundles =
  ({ bundles, admin }: BundleRouteParts) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    return context.json({ bundles: await bundles.list(deviceOf(context)) });
  };

export const getBundle =
  ({ bundles, admin }: BundleRouteParts) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const device = deviceOf(context);
    const requestId = context.req.param("request") ?? "";
    const bytes = await bundles.read({ device, requestId });
    return context.body(new Uint8Array(bytes), 200, {
      "content-type": "application/gzip",
      "content-disposition": `attachment; filename="${device}-${requestId}.tar.gz"`,
      "cache-control": "no-store",
    });
  };

/** A path is made of it: only what is a device id passes. */
function deviceOf(context: Context): string {
  const id = context.req.param("id") ?? "";
  try {
    return deviceIdOf(parseDeviceId(id));
  } catch (cause) {
    throw new NotFoundError((cause as Error).message, { cause, field: "id" });
  }
}
