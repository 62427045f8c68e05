/** States of outputs into a table: one row each, words beside colours, the last error with its remedy below. */
import type { OutputState } from "@tactus/shared";
import { agoText } from "../format.js";
import { messages } from "../messages.js";
import { isGone } from "../rig/rig-state.js";

const words = messages.outputs;

export interface OutputsTableProps {
  outputs: readonly OutputState[];
  /** Add to an output's stamp to get cloud time, microseconds. */
  skewUs: number;
  /** The cloud's time, microseconds. */
  nowUs: number;
}

export function OutputsTable({ outputs, skewUs, nowUs }: OutputsTableProps) {
  return (
    <table className="outputs">
      <thead>
        <tr>
          {words.columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      {outputs.map((output) => (
        <OutputRows
          key={output.name}
          output={output}
          gone={
            output.state !== "stopped" && isGone(output, skewUs, nowUs) ? agoText(output.sentAtUs + skewUs, nowUs) : ""
          }
        />
      ))}
    </table>
  );
}

/** `gone`: since when, in words; empty while it speaks. */
function OutputRows({ output, gone }: { output: OutputState; gone: string }) {
  const { name, kind, sent, errors, lastError, latencyMs, jitter, cues } = output;
  const isKnown = gone === "" && output.state !== "stopped";
  const told = (text: string) => (isKnown ? text : words.unknown);
  const [, does, receiver, sentWord, errorsWord, latency, jitterWord] = words.columns;
  return (
    <tbody data-output={name} className={isKnown ? "" : "output-gone"}>
      <tr>
        <th scope="row">
          {name}
          <small>{kind}</small>
        </th>
        <td data-label={does}>
          <Doing output={output} gone={gone} />
        </td>
        <td data-label={receiver}>
          <Receiver output={output} isKnown={isKnown} />
        </td>
        <td data-label={sentWord} className="figure">
          {sent.toLocaleString("en")}
        </td>
        <td data-label={errorsWord} className={errors > 0 ? "figure figure-bad" : "figure"}>
          {errors.toLocaleString("en")}
        </td>
        <td data-label={latency} className="figure">
          {words.latency(latencyMs)}
        </td>
        <td data-label={jitterWord} className="figure">
          {told(cues.fired > 0 ? words.jitter(jitter.p50Ms, jitter.p95Ms) : words.unknown)}
        </td>
      </tr>
      {lastError !== "" && (
        <tr className="output-error">
          <td colSpan={7}>
            <strong>{words.lastError}:</strong> {lastError}
          </td>
        </tr>
      )}
    </tbody>
  );
}

const MODE_TONE: Record<OutputState["mode"], string> = {
  following: "chip-good",
  "free-running": "chip-warn",
  holding: "chip-warn",
  fading: "chip-warn",
  idle: "chip-quiet",
  released: "chip-quiet",
  blackout: "chip-bad",
};

function Doing({ output: { state, mode }, gone }: { output: OutputState; gone: string }) {
  if (gone !== "") return <Fact tone="chip-bad" word={words.gone} why={words.goneSince(gone)} />;
  if (state !== "running")
    return <Fact tone={state === "stopped" ? "chip-quiet" : "chip-warn"} word={words.state[state]} />;
  return <Fact tone={MODE_TONE[mode]} word={words.mode[mode]} why={words.modeWhy[mode]} />;
}

const RECEIVING_TONE: Record<OutputState["receiving"], string> = {
  receiving: "chip-good",
  "not-receiving": "chip-bad",
  unknown: "chip-quiet",
};

function Receiver({ output: { receiving, peer }, isKnown }: { output: OutputState; isKnown: boolean }) {
  if (!isKnown) return <Fact tone="chip-quiet" word={words.receiving.unknown} />;
  const why = peer || (receiving === "unknown" ? words.noWayBack : "");
  return <Fact tone={RECEIVING_TONE[receiving]} word={words.receiving[receiving]} why={why} />;
}

function Fact({ tone, word, why = "" }: { tone: string; word: string; why?: string }) {
  return (
    <>
      <em className={`chip ${tone}`}>{word}</em>
      {why !== "" && <small>{why}</small>}
    </>
  );
}
