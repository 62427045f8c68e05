/** How a signed set comes in: its metadata, then the files that are missing, then its metadata again. For admins. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody } from "../middleware/json-body.js";
import { BadRequestError, TooLargeError } from "../problems.js";
import type { ArtifactStore } from "./artifact-store.js";
import type { ModelRegistry } from "./model-registry.js";
import { MAX_PUBLICATION_BYTES, Publication } from "./publication.js";

interface PublishRouteOptions {
  models: ModelRegistry;
  artifacts: ArtifactStore;
  admin: AdminAccess;
}

/** `POST /api/v1/models/publish`. */
export const publishModels =
  ({ models, admin }: PublishRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const remedy = "`tactus models publish` sends it as it should be";
    const publication = await jsonBody(context, Publication, { what: "Publication", remedy });
    return context.json(await models.publish(publication, by));
  };

/** `PUT /api/v1/models/artifacts/{sha256}`: streamed to disk, whatever its size up to the limit. */
export const putArtifact =
  ({ artifacts, admin }: PublishRouteOptions) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const { body } = context.req.raw;
    if (!body) throw new BadRequestError("The request has no body: send the file's bytes", { field: "body" });
    const bytes = await artifacts.put(context.req.param("sha256") ?? "", body as unknown as AsyncIterable<Uint8Array>);
    return context.json({ bytes }, 201);
  };

/** Before publishModels(): larger than what other routes take. */
export const publicationLimit = bodyLimit({
  maxSize: MAX_PUBLICATION_BYTES,
  onError: () => {
    throw new TooLargeError(`A publication has at most ${MAX_PUBLICATION_BYTES} bytes`, { field: "body" });
  },
});
