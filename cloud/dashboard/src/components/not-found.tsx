/** An address of this page that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { messages } from "../messages.js";

export function NotFound() {
  return (
    <section className="empty">
      <h1>{messages.app.notFound}</h1>
      <p>{messages.app.notFoundWhy}</p>
      <Link to="/">‹ {messages.nav.fleet}</Link>
    </section>
  );
}
