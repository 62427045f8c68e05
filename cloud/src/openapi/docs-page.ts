/** An OpenAPI document into one page of plain HTML: no script, nothing fetched but the page's own stylesheet. Pure. */

type Json = Record<string, unknown>;

interface Operation {
  summary: string;
  description: string;
  tags: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema?: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Json }> }>;
}

interface Described {
  method: string;
  path: string;
  operation: Operation;
}

export function docsPage(document: Json): string {
  const { info, paths, tags } = document as unknown as {
    info: { title: string; version: string; description: string };
    paths: Record<string, Record<string, Operation>>;
    tags: { name: string }[];
  };
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Described => ({ method, path, operation })),
  );
  const parts = tags.map(({ name }) =>
    partOf(
      name,
      all.filter(({ operation }) => operation.tags.includes(name)),
    ),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(info.title)} API</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<header>
<h1>${safe(info.title)} API <small>${safe(info.version)}</small></h1>
<p>${safe(info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Parts">${tags.map(({ name }) => `<a href="#${anchor(name)}">${safe(name)}</a>`).join(" ")}</nav>
</header>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

function partOf(name: string, described: Described[]): string {
  return `<section aria-labelledby="${anchor(name)}">
<h2 id="${anchor(name)}">${safe(name)}</h2>
${described.map(operationOf).join("\n")}
</section>`;
}

function operationOf({ method, path, operation }: Described): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  return `<details>
<summary><code class="${method}">${method.toUpperCase()}</code> <code>${safe(path)}</code> <span>${safe(summary)}</span></summary>
<p>Who: ${safe(description)}</p>
${parameters.length === 0 ? "" : parametersOf(parameters)}
${requestBody ? `<h3>Body${requestBody.required ? "" : " (may be left out)"}</h3>${contentOf(requestBody.content)}` : ""}
<h3>Answers</h3>
<ul>${Object.entries(responses).map(responseOf).join("")}</ul>
</details>`;
}

function parametersOf(parameters: NonNullable<Operation["parameters"]>): string {
  const rows = parameters.map(
    ({ name, in: place, required = false, description = "", schema }) =>
      `<tr><th scope="row"><code>${safe(name)}</code></th><td>${place}${required ? ", needed" : ""}</td>` +
      `<td><code>${safe(brief(schema))}</code> ${safe(description)}</td></tr>`,
  );
  return `<h3>Parameters</h3>
<table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">What</th></tr></thead>
<tbody>${rows.join("")}</tbody></table>`;
}

function responseOf([status, { description, content }]: [string, Operation["responses"][string]]): string {
  const isProblem = content !== undefined && "application/problem+json" in content;
  return `<li><code>${status}</code> ${safe(description)}${content && !isProblem ? contentOf(content) : ""}</li>`;
}

const contentOf = (content: Record<string, { schema?: Json }>): string =>
  Object.entries(content)
    .map(([type, { schema }]) => {
      const shape =
        schema && Object.keys(schema).length > 0 ? `<pre>${safe(JSON.stringify(schema, null, 2))}</pre>` : "";
      return ` <code>${safe(type)}</code>${shape}`;
    })
    .join("");

function brief(schema: Json): string {
  const { type = "any", enum: values, default: preset, pattern } = schema;
  const what = Array.isArray(values) ? values.join(" | ") : String(type);
  const shape = typeof pattern === "string" && !values ? ` like ${pattern}` : "";
  return preset === undefined ? `${what}${shape}` : `${what}${shape} = ${JSON.stringify(preset)}`;
}

const anchor = (name: string): string => name.toLowerCase().replace(/\W+/g, "-");

const safe = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

export const DOCS_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 small { font-weight: normal; font-size: 1rem; }
nav a { display: inline-block; padding: .25rem .5rem .25rem 0; }
details { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .25rem 0; }
summary { cursor: pointer; padding: .25rem 0; overflow-wrap: anywhere; }
summary span { display: inline-block; margin-left: .5rem; }
summary code:first-of-type { display: inline-block; min-width: 4rem; font-weight: bold; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: .75rem 0 .25rem; }
pre { overflow: auto; max-height: 24rem; padding: .5rem; background: color-mix(in srgb, currentColor 8%, transparent); }
`;
