/** What to do when there is no room yet. */
import { messages } from "../messages.js";

export function FleetEmpty() {
  const { emptyTitle, empty, emptyCommands } = messages.fleet;
  return (
    <section className="empty">
      <h1>{emptyTitle}</h1>
      {empty.map((text, index) => (
        <div key={text}>
          <p>{text}</p>
          <pre>{emptyCommands[index]}</pre>
        </div>
      ))}
    </section>
  );
}
