import type { Migration } from "../store/migrations/migration.js";

/**
 * `alerts`: one row an episode, of which one at most is open per subject and rule. `alert_events` waits for the notifier: it is
 * written with the alert and deleted with the notice made of it, so that a kill in between loses nothing. `deliveries` is the
 * queue of every target, and what became of each.
 */
export const alerts: Migration = {
  version: 7,
  name: "alerts",
  sql: `
    CREATE TABLE alerts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      subject TEXT NOT NULL,
      rule TEXT NOT NULL,
      severity TEXT NOT NULL,
      state TEXT NOT NULL,
      message TEXT NOT NULL,
      remedy TEXT NOT NULL,
      raised_us INTEGER NOT NULL,
      acknowledged_us INTEGER NOT NULL DEFAULT 0,
      acknowledged_by TEXT NOT NULL DEFAULT '',
      note TEXT NOT NULL DEFAULT '',
      cleared_us INTEGER NOT NULL DEFAULT 0,
      cleared_by TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE UNIQUE INDEX alerts_open ON alerts (subject, rule) WHERE state <> 'cleared';
    CREATE INDEX alerts_cleared ON alerts (cleared_us) WHERE state = 'cleared';
    CREATE INDEX alerts_subject ON alerts (subject, id);

    CREATE TABLE alert_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      at_us INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX alert_events_alert ON alert_events (alert);

    CREATE TABLE alert_scopes (
      scope TEXT PRIMARY KEY,
      settings TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE webhooks (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      url TEXT NOT NULL,
      secret TEXT NOT NULL,
      min_severity TEXT NOT NULL,
      events TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      created_by TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notices (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at_us INTEGER NOT NULL,
      type TEXT NOT NULL,
      body TEXT NOT NULL
    ) STRICT;

    CREATE TABLE deliveries (
      id TEXT PRIMARY KEY,
      notice INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
      target TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      queued_us INTEGER NOT NULL,
      next_us INTEGER NOT NULL,
      done_us INTEGER NOT NULL DEFAULT 0,
      last_error TEXT NOT NULL DEFAULT '',
      UNIQUE (notice, target)
    ) STRICT;
    CREATE INDEX deliveries_due ON deliveries (target, next_us) WHERE state = 'queued';
    CREATE INDEX deliveries_done ON deliveries (state, done_us);
  `,
};
