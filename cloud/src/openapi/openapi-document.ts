/** What is said of each route into an OpenAPI 3.1 document. Pure. */
import { z } from "zod";
import type { Answer, Caller, RouteDoc, RouteDocs } from "../middleware/route-doc.js";

type Json = Record<string, unknown>;

interface Response {
  description: string;
  content?: Json;
}

export const ProblemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  field: z.string().optional(),
  remedy: z.string().optional(),
  requestId: z.string().optional(),
});

const WHO: Record<Caller, string> = {
  anyone: "Anyone.",
  device: "A box with its own login.",
  "device-or-manage": "The box itself, or admins.",
  read: "Viewers, operators, admins.",
  operate: "Operators and admins.",
  manage: "Admins.",
};
const SESSION = [{ session: [] }, { bearer: [] }];
const SECURITY: Record<Caller, Json[]> = {
  anyone: [],
  device: [{ device: [] }],
  "device-or-manage": [{ device: [] }, ...SESSION],
  read: SESSION,
  operate: SESSION,
  manage: SESSION,
};

const PROBLEMS: Record<number, string> = {
  400: "The request cannot be used as it is",
  401: "Nobody is logged in, or the login is over",
  403: "Not allowed for this role, or from here",
  404: "There is no such thing",
  409: "Not possible in the present state",
  412: "Somebody else was quicker",
  413: "Too much at once",
  429: "Too often",
  503: "Not possible right now",
};

export function openApiDocument(docs: RouteDocs, version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [route, doc] of Object.entries(docs)) {
    const [method = "", path = ""] = route.split(" ");
    const name = path.replace(/\/\*$/, "/{path}").replace(/:(\w+)/g, "{$1}");
    paths[name] = { ...paths[name], [method.toLowerCase()]: operationOf(method, name, doc) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tactus cloud",
      version,
      description:
        "Rooms, their beat, and the boxes that hear it. Instants are epoch microseconds where a name ends in Us.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(Object.values(docs).map(({ about }) => about))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(ProblemShape, "output") },
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "tactus_session" },
        bearer: { type: "http", scheme: "bearer", description: "An API key, or the admin token" },
        device: { type: "http", scheme: "basic", description: "A box's own login" },
      },
    },
  };
}

function operationOf(method: string, path: string, doc: RouteDoc): Json {
  const { summary, about, who, body, bodyOptional = false } = doc;
  const parameters = [...pathParameters(path), ...queryParameters(doc.query), ...headerParameters(doc)];
  return {
    operationId: operationId(method, path),
    summary,
    description: WHO[who],
    tags: [about],
    security: SECURITY[who],
    "x-tactus-caller": who,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: !bodyOptional, content: contentOf(body) } } : {}),
    responses: responsesOf(path, doc),
  };
}

const operationId = (method: string, path: string): string =>
  `${method.toLowerCase()}-${path.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "")}`;

function pathParameters(path: string): Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    ...(required.includes(name) ? { required: true } : {}),
    schema,
  }));
}

function headerParameters({ isOnce, takesIfMatch }: RouteDoc): Json[] {
  const header = (name: string, description: string, pattern: string) => ({
    ...{ name, in: "header", description },
    schema: { type: "string", pattern },
  });
  return [
    ...(isOnce ? [header("Idempotency-Key", "The same again is answered as before, for 24 h", "^[!-~]{1,200}$")] : []),
    ...(takesIfMatch ? [header("If-Match", "The ETag of the last answer", '^(W/)?"[\\w-]+"$')] : []),
  ];
}

/** A status that is a problem here and an answer there has both shapes. */
function responsesOf(path: string, doc: RouteDoc): Record<string, Response> {
  const responses = answersOf(doc);
  for (const [status, problem] of Object.entries(problemsOf(path, doc))) {
    const content = { ...responses[status]?.content, ...problem.content };
    responses[status] = { ...problem, content };
  }
  return responses;
}

function answersOf({ answers, hasETag }: RouteDoc): Record<string, Response> {
  const all = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]);
  const isSame = hasETag ? [["304", { description: "As it was" }]] : [];
  return Object.fromEntries([...all, ...isSame]);
}

function answerOf(answer: Answer): Response {
  if (answer === null) return { description: "Nothing further" };
  const description = answer instanceof z.ZodType ? "As asked" : answer.text;
  return { description, content: contentOf(answer, "output") };
}

function contentOf(body: z.ZodType | { type: string }, io: "input" | "output" = "input"): Json {
  if (body instanceof z.ZodType) return { "application/json": { schema: schemaOf(body, io) } };
  const { type } = body;
  return { [type]: type === "application/json" ? { schema: {} } : {} };
}

/** Those that every such route may answer, and its own. */
function problemsOf(
  path: string,
  { who, query, body, takesIfMatch, problems = [] }: RouteDoc,
): Record<string, Response> {
  const isApi = path.startsWith("/api/");
  const statuses = new Set([
    403,
    ...(query || body || path.includes("{") ? [400] : []),
    ...(who === "anyone" ? [] : [401]),
    ...(path.includes("{") ? [404] : []),
    ...(body ? [409, 413] : []),
    ...(takesIfMatch ? [412] : []),
    ...(isApi ? [429, 503] : []),
    ...problems,
  ]);
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [String(status), { description: PROBLEMS[status] ?? "", content }]),
  );
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return json;
}
