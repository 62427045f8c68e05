/** The ways to the other pages; on a phone behind one button. */
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { messages } from "../messages.js";
import { useOpenAlerts } from "../use-open-alerts.js";

const PAGES = [
  { to: "/", label: messages.nav.fleet },
  { to: "/alerts", label: messages.nav.alerts },
  { to: "/audit", label: messages.nav.audit },
  { to: "/settings", label: messages.nav.settings },
] as const;

export function ShellNav() {
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever the page changes
  useEffect(() => setOpen(false), [pathname]);
  return (
    <nav
      className="nav"
      aria-label={messages.nav.label}
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        type="button"
        className="quiet nav-menu"
        aria-expanded={open}
        aria-controls="nav-list"
        onClick={() => setOpen(!open)}
      >
        {messages.nav.menu}
      </button>
      <ul id="nav-list" className={open ? "nav-open" : ""}>
        {PAGES.map(({ to, label }) => (
          <li key={to}>
            <Link to={to} aria-current={isCurrent(pathname, to) ? "page" : undefined}>
              {label}
              {to === "/alerts" && <OpenAlerts />}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function OpenAlerts() {
  const { alerts } = useOpenAlerts();
  const raised = alerts.filter(({ state }) => state === "raised").length;
  if (raised === 0) return null;
  return <em className="badge">{messages.nav.open(raised)}</em>;
}

/** A room belongs to the fleet, and so does claiming one. */
function isCurrent(pathname: string, to: string): boolean {
  if (to === "/") return pathname === "/" || pathname.startsWith("/devices/") || pathname === "/claim";
  return pathname === to || pathname.startsWith(`${to}/`);
}
