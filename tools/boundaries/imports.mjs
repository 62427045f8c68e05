/** Source text -> the imports it states. Line-anchored, which the formatter guarantees; no parser needed. */

// "import {…} from", "export {…} from", "import name from", "export * from", over several lines too.
const STATEMENT = /^(?:import|export)\s+(type\s+)?([\w*{$][\w\s,{}*$]*?)\s+from\s*["']([^"'\n]+)["']/gm;
const SIDE_EFFECT = /^import\s*["']([^"'\n]+)["']/gm;
const DYNAMIC = /^(?!\s*(?:\*|\/\/|\/\*)).*?\b(?:import|require)\(\s*["']([^"'\n]+)["']\s*\)/gm;

/** @returns {{ specifier: string, typeOnly: boolean, line: number }[]} */
export function importsOf(text) {
  const statements = [...text.matchAll(STATEMENT)].map((match) => ({
    specifier: match[3],
    typeOnly: match[1] !== undefined || namesOnlyTypes(match[2]),
    line: lineAt(text, match.index),
  }));
  const others = [...text.matchAll(SIDE_EFFECT), ...text.matchAll(DYNAMIC)].map((match) => ({
    specifier: match[1],
    // `import("x").T` in a type position ends in a dot and a capital; the value form is awaited or called.
    typeOnly: /^\)\.[A-Z]/.test(text.slice(match.index + match[0].length - 1)),
    line: lineAt(text, match.index),
  }));
  return [...statements, ...others];
}

function namesOnlyTypes(clause) {
  if (!clause.startsWith("{")) return false;
  const names = clause.replace(/[{}]/g, "").split(",");
  const stated = names.map((name) => name.trim()).filter(Boolean);
  return stated.length > 0 && stated.every((name) => name.startsWith("type "));
}

/** A contract file: it exports types and nothing that runs. */
export function exportsOnlyTypes(text) {
  const exported = [...text.matchAll(/^export\s+(\w+|[{*])/gm)].map((match) => match[1]);
  return exported.length > 0 && exported.every((word) => word === "type" || word === "interface");
}

const lineAt = (text, index) => text.slice(0, index).split("\n").length;
