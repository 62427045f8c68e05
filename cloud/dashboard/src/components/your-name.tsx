/** Who is at this page. */
import { useState } from "react";
import { messages } from "../messages.js";
import { operatorName, setOperatorName } from "../operator.js";

export function YourName() {
  const [name, setName] = useState(operatorName);
  return (
    <label className="your-name">
      <span>{messages.pad.you}</span>
      <input
        type="text"
        value={name}
        maxLength={80}
        onChange={(event) => {
          setName(event.target.value);
          setOperatorName(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
      />
    </label>
  );
}
