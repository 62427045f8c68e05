/** Files -> a graph of who imports whom. */
import { dirname, posix } from "node:path";
import { exportsOnlyTypes, importsOf } from "./imports.mjs";

/**
 * @param {Map<string, string>} sources path from the repository root -> text
 * @returns nodes by path: { path, workspace, stage, text, isTest, isContract, edges: [{ target, file, typeOnly, line }] }
 *   where `target` is what the import says, resolved to a path when it is one of ours (`file`).
 */
export function graphOf(sources) {
  const nodes = new Map();
  for (const [path, text] of sources)
    nodes.set(path, { path, text, ...placeOf(path), isContract: exportsOnlyTypes(text) });
  for (const node of nodes.values()) {
    node.edges = importsOf(node.text).map((edge) => ({ ...edge, ...resolve(node.path, edge.specifier, nodes) }));
  }
  return nodes;
}

/** `device/src/decoder/filter.ts` -> workspace `device`, stage `decoder`; a file directly in src/ has no stage. */
function placeOf(path) {
  const workspace = path.startsWith("cloud/dashboard/") ? "cloud/dashboard" : path.split("/")[0];
  const [top, ...inner] = path.slice(workspace.length + 1).split("/");
  const isTest = /\.(test|cases|bench)\.\w+$/.test(path) || top === "test" || inner.includes("testing");
  // A page is made of components: the dashboard's folders are kinds, not stages.
  const hasStages = workspace !== "cloud/dashboard" && top === "src" && inner.length > 1;
  return { workspace, stage: hasStages ? inner[0] : undefined, isTest };
}

function resolve(from, specifier, nodes) {
  if (!specifier.startsWith(".")) return { target: specifier, file: undefined };
  const path = posix.join(dirname(from), specifier);
  const stem = path.replace(/\.m?js$/, "");
  const candidates = [path, `${stem}.ts`, `${stem}.tsx`, `${stem}.mjs`, `${path}/index.ts`];
  const file = candidates.find((candidate) => nodes.has(candidate));
  return { target: file ?? path, file };
}
