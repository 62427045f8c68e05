/** What surrounds every page: name, ways to the other pages, connection, colours; and the door, when nobody is logged in. */
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useCloud, useView } from "../context.js";
import { messages } from "../messages.js";
import { useAuthQuery } from "../use-auth.js";
import { BrandMark } from "./brand-mark.js";
import { Failed } from "./query-states.js";
import { ShellNav } from "./shell-nav.js";
import { ThemeSwitch } from "./theme-switch.js";

const LoginPage = lazy(async () => ({ default: (await import("../pages/login-page.js")).LoginPage }));
const WelcomePage = lazy(async () => ({ default: (await import("../pages/welcome-page.js")).WelcomePage }));

export function Shell() {
  const { link } = useView();
  const { data: auth } = useAuthQuery();
  const inside = auth?.user != null;
  useLive(auth?.user ? `${auth.user.kind} ${auth.user.name}` : undefined);
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
        {inside && <ShellNav />}
        {inside && (
          <span className={`link link-${link}`} role="status">
            <i aria-hidden="true" />
            <span>{messages.link[link]}</span>
          </span>
        )}
        <ThemeSwitch />
      </header>
      <Content />
    </>
  );
}

/** The connection is somebody's: another one follows when somebody else comes, and none is tried for nobody. */
function useLive(who: string | undefined): void {
  const { link } = useCloud();
  useEffect(() => {
    if (who === undefined) return;
    link.start();
    return () => link.stop();
  }, [link, who]);
}

function Content() {
  const auth = useAuthQuery();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  const wasInside = useRef(false);
  const inside = auth.data?.user != null;
  if (inside) wasInside.current = true;
  useEffect(() => {
    // A new page begins at its beginning, for the keyboard and for screen readers, too.
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return (
    <main id="content" tabIndex={-1} ref={main}>
      <Suspense fallback={<p className="waiting">{messages.common.loading}</p>}>
        {auth.data === undefined ? (
          auth.error ? (
            <Failed error={auth.error} again={() => void auth.refetch()} />
          ) : (
            <p className="waiting">{messages.link.connecting}</p>
          )
        ) : inside ? (
          <Outlet />
        ) : auth.data.firstRun ? (
          <WelcomePage />
        ) : (
          <LoginPage ended={wasInside.current} />
        )}
      </Suspense>
    </main>
  );
}
