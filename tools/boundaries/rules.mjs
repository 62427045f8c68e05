/** The import rules of ARCHITECTURE.md, each a function from the graph to the edges that break it. */
import {
  CLOUD_APP_TYPE,
  COMMON_FOLDERS,
  COMPOSITION_ROOT,
  CONTRACTS_WITH_CODE,
  PEERS,
  PURE,
  PURE_NAME,
  PURE_PACKAGES,
  SCHEMA_LIBRARIES,
} from "./layout.mjs";

const inside = (path, folder) => path === folder || path.startsWith(`${folder}/`);
const packageOf = (target) => target.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? target;

function* edgesOf(nodes, wanted) {
  for (const node of nodes.values()) {
    if (wanted(node)) for (const edge of node.edges) yield { node, edge };
  }
}

const violation = (rule, { node, edge }, why) => ({ rule, from: node.path, line: edge.line, to: edge.target, why });

/** 1. `shared` imports only the schema library and `node:` built-ins. */
export function sharedStandsAlone(nodes) {
  const allowed = ({ target, file }) =>
    (file && inside(file, "shared")) || target.startsWith("node:") || SCHEMA_LIBRARIES.includes(packageOf(target));
  return [...edgesOf(nodes, (node) => node.workspace === "shared" && !node.isTest)]
    .filter(({ edge }) => !allowed(edge))
    .map((found) => violation(1, found, "shared may import zod and node: only"));
}

/** 2. `device`, `cloud` and `firmware-bridge` never import one another, tests included. */
export function peersMeetInMessages(nodes) {
  const peerOf = (target) =>
    PEERS.find((peer) => inside(target, peer) || inside(target, `@tactus/${peer.replace("firmware-", "")}`));
  return [...edgesOf(nodes, (node) => PEERS.includes(node.workspace))]
    .filter(({ node, edge }) => (peerOf(edge.target) ?? node.workspace) !== node.workspace)
    .map((found) =>
      violation(2, found, `${found.node.workspace} and ${peerOf(found.edge.target)} meet in messages only`),
    );
}

/** 3. The dashboard sees `shared`, and of the cloud only the type of its app. */
export function dashboardSeesOnlyTheAppType(nodes) {
  const isOurs = (target) =>
    target.startsWith("@tactus/") || /^(shared|device|cloud|firmware-bridge|tools|bin)\//.test(target);
  const allowed = ({ target, typeOnly }) =>
    !isOurs(target) ||
    inside(target, "cloud/dashboard") ||
    packageOf(target) === "@tactus/shared" ||
    (typeOnly && CLOUD_APP_TYPE.includes(target));
  return [...edgesOf(nodes, (node) => node.workspace === "cloud/dashboard")]
    .filter(({ edge }) => !allowed(edge))
    .map((found) => violation(3, found, "the dashboard may import shared, and of the cloud only the type of its app"));
}

/**
 * 5. A stage imports the contract of another stage, never its implementation. The type of a class links nothing: whoever is
 * handed an instance by the composition root may name it.
 */
export function stagesMeetInContracts(nodes) {
  const isContract = (file) => nodes.get(file).isContract || CONTRACTS_WITH_CODE.includes(file);
  const crosses = ({ node, edge }) => {
    const target = edge.file && nodes.get(edge.file);
    if (target?.stage === undefined || COMMON_FOLDERS.includes(target.stage)) return false;
    return target.workspace === node.workspace && target.stage !== node.stage;
  };
  const inStage = (node) => node.stage !== undefined && !node.isTest && !COMPOSITION_ROOT.test(node.path);
  return [...edgesOf(nodes, inStage)]
    .filter((found) => !found.edge.typeOnly && crosses(found) && !isContract(found.edge.file))
    .map((found) => violation(5, found, "a stage imports another stage's contract, never its implementation"));
}

/** 7. No import cycles, types included: a cycle of types is a cycle of ideas. */
export function noCycles(nodes) {
  const [done, path, found] = [new Set(), [], []];
  const visit = (node) => {
    path.push(node.path);
    for (const edge of node.edges) {
      if (!edge.file || done.has(edge.file)) continue;
      const start = path.indexOf(edge.file);
      if (start < 0) visit(nodes.get(edge.file));
      else found.push(violation(7, { node, edge }, `cycle: ${[...path.slice(start), edge.file].join(" → ")}`));
    }
    done.add(path.pop());
  };
  for (const node of nodes.values()) if (!done.has(node.path)) visit(node);
  return found;
}

const IMPURE_TEXT = [
  [/\bDate\.now\(/, "Date.now()"],
  [/\bnew Date\(\)/, "new Date()"],
  [/\bperformance\.now\(/, "performance.now()"],
  [/\bset(?:Timeout|Interval|Immediate)\(/, "a timer"],
  [/\bprocess\.(?!env\.NODE_ENV)/, "process"],
  [/\bfetch\(/, "fetch()"],
  [/\bsystemClock\b/, "systemClock"],
];

const isPure = (path) =>
  PURE_NAME.test(path) || PURE.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));

/** 6. Pure stages import no I/O and read no clock, nor does anything they call. */
export function pureStagesStayPure(nodes) {
  const roots = [...nodes.values()].filter((node) => isPure(node.path) && !node.isTest);
  return roots.flatMap((root) => [...reachedFrom(root, nodes)].flatMap((node) => impurities(root, node)));
}

/** The file itself and everything its values come from, in this workspace. */
function reachedFrom(root, nodes, reached = new Set()) {
  reached.add(root);
  for (const edge of root.edges) {
    const next = !edge.typeOnly && edge.file ? nodes.get(edge.file) : undefined;
    if (next && !reached.has(next)) reachedFrom(next, nodes, reached);
  }
  return reached;
}

function impurities(root, node) {
  const through = root === node ? "" : `, reached from ${root.path}`;
  const packages = node.edges
    .filter(
      (edge) => !edge.typeOnly && !edge.target.includes("/src/") && !PURE_PACKAGES.includes(packageOf(edge.target)),
    )
    .map((edge) => violation(6, { node, edge }, `a pure stage imports no I/O${through}`));
  const code = node.text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/\/\/.*$/gm, "");
  const globals = IMPURE_TEXT.flatMap(([pattern, name]) => {
    const index = code.search(pattern);
    if (index < 0) return [];
    const edge = { line: code.slice(0, index).split("\n").length, target: name };
    return [violation(6, { node, edge }, `a pure stage is given its time${through}`)];
  });
  return [...packages, ...globals];
}
