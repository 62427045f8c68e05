/** What is known of models, for people and programs: anybody who can reach the API may read it. */
import { ReleaseName } from "@tactus/shared";
import type { Context } from "hono";
import { NotFoundError } from "../problems.js";
import type { ModelRegistry } from "./model-registry.js";

interface ModelRouteOptions {
  models: ModelRegistry;
}

/** `GET /api/v1/models`. */
export const listModels =
  ({ models }: ModelRouteOptions) =>
  async (context: Context): Promise<Response> =>
    context.json({ models: await models.list() });

/** `GET /api/v1/models/{name}/{version}`. */
export const getModel =
  ({ models }: ModelRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const asked = { name: context.req.param("name"), version: context.req.param("version") };
    const name = ReleaseName.safeParse(asked);
    const model = name.success ? await models.detail(name.data) : undefined;
    if (model) return context.json(model);
    throw new NotFoundError(`No model "${asked.name} ${asked.version}" was ever published here`, {
      remedy: "GET /api/v1/models lists them",
    });
  };
