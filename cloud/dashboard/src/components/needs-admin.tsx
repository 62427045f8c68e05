/** A page for admins, or the way to become one. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";
import { Empty } from "./query-states.js";

export function NeedsAdmin({ children }: { children: ReactNode }) {
  const { may, firstRun, user } = useAuth();
  const { access } = messages;
  if (may("manage")) return <>{children}</>;
  if (!firstRun) return <Empty title={access.denied(user?.name ?? "")}>{access.ask}</Empty>;
  return (
    <Empty title={access.firstRun}>
      <Link to="/welcome" className="button primary">
        {access.makeAdmin}
      </Link>
    </Empty>
  );
}
