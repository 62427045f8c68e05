/** What to do when there is no room yet, step by step. */
import { Link } from "@tanstack/react-router";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

export function FleetEmpty() {
  const { firstRun } = useAuth();
  const { emptyTitle, emptyDemo, emptyDemoCommand, emptyBox, emptyBoxCommand, emptyClaim, claim } = messages.fleet;
  return (
    <section className="empty">
      <h1>{emptyTitle}</h1>
      <ol className="steps">
        {firstRun && (
          <li>
            <p>{messages.access.offer}</p>
            <Link to="/welcome" className="button primary">
              {messages.access.makeAdmin}
            </Link>
          </li>
        )}
        <li>
          <p>{emptyBox}</p>
          <pre>{emptyBoxCommand(location.origin)}</pre>
        </li>
        <li>
          <p>{emptyClaim}</p>
          <Link to="/claim" className={firstRun ? "button" : "button primary"}>
            {claim}
          </Link>
        </li>
      </ol>
      <p className="muted">{emptyDemo}</p>
      <pre>{emptyDemoCommand}</pre>
    </section>
  );
}
