/**
 * The doc comments of a contract file, by path: "BeatPrediction.dueAtUs" -> text. Schemas carry no descriptions of their
 * own: the comment beside a field is the one place where its meaning is written.
 */

/** @returns {{ texts: Map<string, string>, refs: Map<string, string> }} `refs`: a field's path -> the schema it names. */
export function commentsOf(source) {
  const state = { texts: new Map(), refs: new Map(), stack: [], comment: undefined, open: undefined };
  for (const line of source.split("\n")) readLine(line, state);
  return { texts: state.texts, refs: state.refs };
}

function readLine(line, state) {
  if (readComment(line, state)) return;
  const named = /^(?:export )?const (\w+) =/.exec(line);
  const field = /^\s+(\w+):\s*(.*)$/.exec(line);
  const variant = /command\("([\w-]+)"\)/.exec(line);
  if (named) state.stack = [named[1]];
  else if (/^\s*\}/.test(line)) state.stack.length > 1 && state.stack.pop();
  else if (variant) return readVariant(line, variant[1], state);
  else if (/^\s+z\.object\(\{$/.test(line)) return void state.stack.push("?");
  if (field) return readField(field, line, state);
  if (named) keep(state, state.stack);
}

/** Comments of one line and of several; true when the line belongs to one. */
function readComment(line, state) {
  const single = /^\s*\/\*\* (.*) \*\/$/.exec(line);
  if (single) state.comment = single[1];
  else if (/^\s*\/\*\*$/.test(line)) state.open = [];
  else if (state.open && /^\s*\*\/$/.test(line)) {
    state.comment = state.open.join(" ");
    state.open = undefined;
  } else if (state.open) state.open.push(line.replace(/^\s*\* ?/, "").trim());
  else return false;
  return true;
}

function readField([, name, rest], line, state) {
  const path = [...state.stack, name];
  keep(state, path);
  const ref = /(?:^|[( ])([A-Z]\w+)/.exec(rest);
  if (ref) state.refs.set(path.join("."), ref[1]);
  if (/\{$/.test(line)) state.stack.push(name);
}

/** A member of a discriminated union, on one line or opened on the line before. */
function readVariant(line, name, state) {
  if (/^\s+\.\.\./.test(line)) state.stack[state.stack.length - 1] = name;
  keep(state, line.trim().startsWith("...") ? state.stack : [...state.stack, name]);
}

function keep(state, path) {
  if (state.comment !== undefined) state.texts.set(path.join("."), state.comment);
  state.comment = undefined;
}
