/** What a Markdown text points at: links, headings, commands. */

const FENCE = /^ *```(\w*)[^\n]*\n([\s\S]*?)^ *```/gm;
const SHELL = ["", "sh", "bash", "console", "shell"];

const withoutCode = (text) => text.replace(FENCE, "").replace(/`[^`\n]*`/g, "``");

/** Relative targets of links and images, with their anchors. */
export function linksOf(text) {
  const prose = withoutCode(text);
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g), ...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)];
  return targets.map((match) => match[1]).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** Headings as GitHub makes anchors of them. */
export function anchorsOf(text) {
  const headings = [...text.replace(FENCE, "").matchAll(/^#{1,6} +(.+?) *#*$/gm)].map((match) => match[1]);
  return headings.map((heading) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Commands of this project in shell blocks and in inline code: { kind: "script" | "tactus" | "node", name, text }. */
export function commandsOf(text) {
  const blocks = [...text.matchAll(FENCE)].filter(([, language]) => SHELL.includes(language));
  const lines = blocks.flatMap(([, , body]) => body.split("\n"));
  const inline = [...text.replace(FENCE, "").matchAll(/`([^`\n]+)`/g)].map((match) => match[1]);
  return [...lines, ...inline].map((line) => commandIn(line.trim().replace(/^\$ /, ""))).filter(Boolean);
}

const PATTERNS = [
  {
    kind: "tactus",
    pattern: /^(?:(?:npx|sudo) )?(?:npm run tactus -- |tactus |node bin\/tactus\.mjs )([a-z][a-z-]*)\b/,
  },
  { kind: "script", pattern: /^(?:npm run (?:-s )?([a-z][\w:-]*)|npm (start|test))(?=\s|$)/ },
  { kind: "node", pattern: /^node ((?:tools|bin|models|examples|benchmarks|device|cloud)\/[\w./-]+\.m?js)\b/ },
];

function commandIn(text) {
  for (const { kind, pattern } of PATTERNS) {
    const match = pattern.exec(text);
    if (match) return { kind, name: match[1] ?? match[2], text: match[0] };
  }
  return undefined;
}
