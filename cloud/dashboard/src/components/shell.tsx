/** What surrounds every page: name, connection, colours. */
import { Link, Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { useView } from "../context.js";
import { messages } from "../messages.js";
import { chooseTheme, nextTheme, themeChoice } from "../theme.js";

export function Shell() {
  const { link } = useView();
  return (
    <>
      <a className="skip" href="#content">
        {messages.app.skip}
      </a>
      <header className="shell">
        <Link to="/" className="brand">
          <BrandMark />
          <span>{messages.app.name}</span>
        </Link>
        <span className={`link link-${link}`} role="status">
          <i aria-hidden="true" />
          {messages.link[link]}
        </span>
        <ThemeSwitch />
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

function BrandMark() {
  return (
    <svg viewBox="0 0 27 16" width="27" height="16" aria-hidden="true">
      <rect className="mark-down" x="0" y="0" width="4.4" height="16" rx="2.2" />
      <rect className="mark-beat" x="7.4" y="4" width="4.4" height="8" rx="2.2" />
      <rect className="mark-beat" x="14.8" y="4" width="4.4" height="8" rx="2.2" opacity="0.7" />
      <rect className="mark-beat" x="22.2" y="4" width="4.4" height="8" rx="2.2" opacity="0.4" />
    </svg>
  );
}

function ThemeSwitch() {
  const [choice, setChoice] = useState(themeChoice);
  const next = () => {
    const chosen = nextTheme(choice);
    chooseTheme(chosen);
    setChoice(chosen);
  };
  return (
    <button type="button" className="quiet theme" onClick={next} aria-label={messages.theme.label(choice)}>
      {messages.theme.short[choice]}
    </button>
  );
}
