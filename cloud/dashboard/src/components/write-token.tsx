/** The token that a cloud wants for changes when others can reach it. */
import { useState } from "react";
import { useCloud } from "../context.js";
import { messages } from "../messages.js";

export function WriteToken() {
  const { link } = useCloud();
  const [token, setToken] = useState("");
  const { token: label, tokenWhy, tokenUse } = messages.pad;
  return (
    <form
      className="write-token"
      onSubmit={(event) => {
        event.preventDefault();
        link.authorize(token.trim());
      }}
    >
      <p>{tokenWhy}</p>
      <input
        type="password"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <button type="submit" disabled={token.trim() === ""}>
        {tokenUse}
      </button>
    </form>
  );
}
