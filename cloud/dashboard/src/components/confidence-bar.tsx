/** How sure the box is, as a bar; empty when there is nothing to be sure of. */
import { percent } from "../format.js";
import { messages } from "../messages.js";

export function ConfidenceBar({ value }: { value: number | undefined }) {
  const label = `${messages.device.confidence}: ${value === undefined ? "–" : percent(value)}`;
  return (
    <span className={`bar bar-${messages.confidence(value ?? 0)}`} role="img" aria-label={label}>
      <i style={{ transform: `scaleX(${value ?? 0})` }} />
    </span>
  );
}
