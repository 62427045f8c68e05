/** A secret that is shown this once, and copied with one press. */
import { useState } from "react";
import { messages } from "../messages.js";

export function SecretOnce({ secret, what }: { secret: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <div className="notice secret" role="status">
      <p>{what}</p>
      <code>{secret}</code>
      {"clipboard" in navigator && (
        <button type="button" onClick={() => void copy()}>
          {copied ? messages.common.copied : messages.common.copy}
        </button>
      )}
    </div>
  );
}
