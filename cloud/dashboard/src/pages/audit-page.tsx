/** Who did what to the fleet, newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { listAudit } from "../api/admin.js";
import { onSubmit } from "../components/form.js";
import { NeedsAdmin } from "../components/needs-admin.js";
import { Asked, Empty } from "../components/query-states.js";
import { momentText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

const { audit } = messages;

interface AuditWords {
  subject?: string;
  by?: string;
  action?: string;
}

export function AuditPage() {
  const { may } = useAuth();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{audit.title}</h1>
        {may("manage") && (
          <a className="button" href="/api/v1/audit/export" download="tactus-audit.ndjson">
            {audit.export}
          </a>
        )}
      </header>
      <p className="muted">{audit.intro}</p>
      <NeedsAdmin>
        <AuditList />
      </NeedsAdmin>
    </div>
  );
}

function AuditList() {
  const search = useSearch({ from: "/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const query = useInfiniteQuery({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) => listAudit({ ...search, before: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ before }) => before ?? undefined,
  });
  return (
    <>
      <AuditFilter key={JSON.stringify(search)} search={search} onChange={(next) => void navigate({ search: next })} />
      <Asked query={query} rows={8}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.entries);
          if (entries.length === 0) return <Empty title={audit.none}>{audit.noneWhy}</Empty>;
          return (
            <section className="scroll" aria-label={audit.title}>
              <table className="table">
                <thead>
                  <tr>
                    {audit.columns.map((column) => (
                      <th key={column} scope="col">
                        {column}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {entries.map(({ id, atUs, by, action, subject, detail }) => (
                    <tr key={id}>
                      <td className="nowrap">{momentText(atUs)}</td>
                      <td>{by}</td>
                      <td className="nowrap">{action}</td>
                      <td>{subject}</td>
                      <td>
                        <code>{detailText(detail)}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          );
        }}
      </Asked>
      {query.hasNextPage && (
        <button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {query.isFetchingNextPage ? messages.common.loadingMore : messages.common.more}
        </button>
      )}
    </>
  );
}

function AuditFilter({ search, onChange }: { search: AuditWords; onChange(next: AuditWords): void }) {
  const [words, setWords] = useState(search);
  const apply = () =>
    onChange(Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined && word !== "")));
  return (
    <form className="toolbar" onSubmit={onSubmit(apply)}>
      {(["by", "action", "subject"] as const).map((name) => (
        <input
          key={name}
          type="search"
          aria-label={audit.filters[name]}
          placeholder={audit.filters[name]}
          value={words[name] ?? ""}
          onChange={(event) => setWords({ ...words, [name]: event.target.value })}
        />
      ))}
      <button type="submit">{audit.filter}</button>
    </form>
  );
}

/** `{"from":1,"to":2}` -> `from: 1, to: 2`. */
function detailText(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
