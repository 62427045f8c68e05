/** Tracks, their analyses and plays into fleet.db and back, many at a time. Every call blocks and is one transaction. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type {
  NewPlay,
  NewTrack,
  NewVersion,
  Play,
  Track,
  TrackArtifact,
  TrackMetric,
  TrackQuery,
  TrackVersion,
  VersionChange,
} from "./track.js";

const TRACK = "number, id, title, artist, duration_ms durationMs, sha256, added_us addedUs, added_by addedBy";
const VERSION =
  "v.id, v.track, v.version, v.model, v.model_version modelVersion, v.state, v.reason, v.created_us createdUs, v.took_ms tookMs";
const PLAY = "id, track, device, version, from_us fromUs, to_us toUs, lock_quality lockQuality";

/** Of one track, the newest: more are not shown. */
const MAX_VERSIONS = 50;

type Of<Key, Thing> = Thing & { of: Key };

export class TrackTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Throws InputError when the id is taken. */
  add(track: NewTrack): Track {
    const { changes, lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO tracks (id, title, artist, duration_ms, sha256, added_us, added_by)
         VALUES (@id, @title, @artist, @durationMs, @sha256, @addedUs, @addedBy) ON CONFLICT (id) DO NOTHING`,
      )
      .run(track);
    if (changes === 0) throw new InputError(`There is a track "${track.id}" already`);
    return { ...track, number: Number(lastInsertRowid) };
  }

  /** With its analyses and plays. False: there was none. */
  remove(id: string): boolean {
    return this.#db.prepare("DELETE FROM tracks WHERE id = ?").run(id).changes > 0;
  }

  /** Queued, numbered after the last one of its track. Throws InputError for an unknown track. */
  addVersion(version: NewVersion): TrackVersion {
    return this.#db.transaction(() => {
      if (this.tracksOf([version.track]).length === 0) throw new InputError(`No track "${version.track}"`);
      const { id } = this.#db
        .prepare<NewVersion, { id: number }>(
          `INSERT INTO track_versions (track, version, model, model_version, state, reason, created_us, took_ms)
           SELECT @track, ifnull(max(version), 0) + 1, @model, @modelVersion, 'queued', '', @createdUs, 0
           FROM track_versions WHERE track = @track RETURNING id`,
        )
        .get(version) as { id: number };
      return this.#version(id);
    })();
  }

  /** With the files and figures it left: all of them or none. Throws InputError for an unknown one. */
  changeVersion(
    change: VersionChange,
    left: { artifacts?: readonly TrackArtifact[]; metrics?: readonly TrackMetric[] } = {},
  ): TrackVersion {
    return this.#db.transaction(() => {
      const version = this.#version(change.id);
      this.#db
        .prepare("UPDATE track_versions SET state = @state, reason = @reason, took_ms = @tookMs WHERE id = @id")
        .run(change);
      const putArtifact = this.#db.prepare(
        "INSERT OR REPLACE INTO track_artifacts VALUES (@version, @kind, @sha256, @bytes, @path)",
      );
      for (const artifact of left.artifacts ?? []) putArtifact.run({ ...artifact, version: change.id });
      const putMetric = this.#db.prepare("INSERT OR REPLACE INTO track_metrics VALUES (@version, @name, @value)");
      for (const metric of left.metrics ?? []) putMetric.run({ ...metric, version: change.id });
      return { ...version, ...change };
    })();
  }

  /** A play that goes on is told again with a later end: it stays one. Throws InputError for an unknown track. */
  putPlays(plays: readonly NewPlay[]): void {
    const put = this.#db.prepare(
      `INSERT INTO plays (track, device, version, from_us, to_us, lock_quality)
       VALUES (@track, @device, @version, @fromUs, @toUs, @lockQuality)
       ON CONFLICT (device, from_us) DO UPDATE SET track = @track, version = @version,
         to_us = @toUs, lock_quality = @lockQuality`,
    );
    this.#db.transaction(() => {
      const known = new Set(this.tracksOf([...new Set(plays.map(({ track }) => track))]).map(({ id }) => id));
      for (const play of plays) {
        if (!known.has(play.track)) throw new InputError(`No track "${play.track}"`);
        put.run(play);
      }
    })();
  }

  /** Newest first. */
  list({ text, before = Number.MAX_SAFE_INTEGER, limit }: TrackQuery): Track[] {
    const like = text === undefined ? "1" : "(title LIKE @like ESCAPE '\\' OR artist LIKE @like ESCAPE '\\')";
    const sql = `SELECT ${TRACK} FROM tracks WHERE number < @before AND ${like} ORDER BY number DESC LIMIT @limit`;
    const pattern = `%${(text ?? "").replace(/[\\%_]/g, "\\$&")}%`;
    return this.#db
      .prepare<object, Track>(sql)
      .all({ before, limit, ...(text === undefined ? {} : { like: pattern }) });
  }

  /** Those that there are, in no order. */
  tracksOf(ids: readonly string[]): Track[] {
    const sql = `SELECT ${TRACK} FROM tracks WHERE id IN (SELECT value FROM json_each(?))`;
    return this.#db.prepare<[string], Track>(sql).all(JSON.stringify(ids));
  }

  /** Of each track its newest analyses, newest first. */
  versionsOf(tracks: readonly string[]): TrackVersion[] {
    const sql = `SELECT ${VERSION} FROM json_each(?) asked CROSS JOIN track_versions v ON v.track = asked.value
       AND v.version > (SELECT max(version) FROM track_versions WHERE track = asked.value) - ${MAX_VERSIONS}
       ORDER BY v.track, v.version DESC`;
    return this.#db.prepare<[string], TrackVersion>(sql).all(JSON.stringify(tracks));
  }

  /** By the ids of analyses; `of` is that id. */
  artifactsOf(versions: readonly number[]): Of<number, TrackArtifact>[] {
    const sql = `SELECT version "of", kind, sha256, bytes, path FROM track_artifacts
       WHERE version IN (SELECT value FROM json_each(?)) ORDER BY version, kind`;
    return this.#db.prepare<[string], Of<number, TrackArtifact>>(sql).all(JSON.stringify(versions));
  }

  metricsOf(versions: readonly number[]): Of<number, TrackMetric>[] {
    const sql = `SELECT version "of", name, value FROM track_metrics
       WHERE version IN (SELECT value FROM json_each(?)) ORDER BY version, name`;
    return this.#db.prepare<[string], Of<number, TrackMetric>>(sql).all(JSON.stringify(versions));
  }

  /** Of each track the newest, newest first. */
  playsOf(tracks: readonly string[], last: number): Play[] {
    const sql = `SELECT ${PLAY} FROM (
         SELECT plays.*, row_number() OVER (PARTITION BY track ORDER BY from_us DESC) place FROM plays
         WHERE track IN (SELECT value FROM json_each(@tracks)))
       WHERE place <= @last ORDER BY track, from_us DESC`;
    return this.#db.prepare<object, Play>(sql).all({ tracks: JSON.stringify(tracks), last });
  }

  #version(id: number): TrackVersion {
    const sql = `SELECT ${VERSION} FROM track_versions v WHERE v.id = ?`;
    const version = this.#db.prepare<[number], TrackVersion>(sql).get(id);
    if (!version) throw new InputError(`No analysis ${id}`);
    return version;
  }
}
