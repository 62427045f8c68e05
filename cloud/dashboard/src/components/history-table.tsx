/** The plotted history in numbers, for who cannot see the plot. */
import type { HistoryAnswer } from "@tactus/cloud";
import { messages } from "../messages.js";

const MAX_ROWS = 30;

export function HistoryTable({ answer: { points } }: { answer: HistoryAnswer }) {
  const step = Math.ceil(points.length / MAX_ROWS);
  const shown = points.filter((_, index) => index % step === 0);
  return (
    <details>
      <summary>{messages.history.table}</summary>
      <table className="history-table">
        <thead>
          <tr>
            {messages.history.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ atUs, beats, bpm, confidence }) => (
            <tr key={atUs}>
              <th scope="row">{new Date(atUs / 1000).toLocaleString("en-GB")}</th>
              <td>{beats}</td>
              <td>{bpm.min.toFixed(1)}</td>
              <td>{bpm.mean.toFixed(1)}</td>
              <td>{bpm.max.toFixed(1)}</td>
              <td>{Math.round(confidence.mean * 100)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
