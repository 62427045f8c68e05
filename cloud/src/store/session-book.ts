/** Devices and their sessions: keys, eras of the clock, and which batches of each session are there. Every call blocks. */
import type { HistoryBatch } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { Era } from "./dating.js";
import { type SequenceRange, SequenceRanges } from "./sequence-ranges.js";

/** A batch in the tail: on disk as it came, its minute not over. */
export interface TailEntry {
  id: number;
  session: Session;
  receivedAtUs: number;
}

export interface Device {
  id: number;
  deviceId: string;
  /** In the order of arrival. */
  tail: TailEntry[];
}

export interface Session {
  id: number;
  device: Device;
  name: string;
  /** When it was last heard of. */
  notedUs: number;
  eras: Era[];
  /** Batches that are there, those in the tail included. */
  seen: SequenceRanges;
  /** Batches of it in the tail, and the minute in which the first of them began. */
  waiting: number;
  waitingMinute: number | undefined;
}

type EraRow = Omit<Era, "isKnown"> & { isKnown: 0 | 1 };

const ERA = `era, box_offset_us boxOffsetUs, shift_us shiftUs, uncertainty_us uncertaintyUs, is_known isKnown`;
/** Sessions that wait for nothing are forgotten (and read again when needed) beyond this many. */
const MAX_IDLE = 50_000;

export class SessionBook {
  readonly #sql;
  readonly #devices = new Map<string, Device>();
  readonly #byKey = new Map<number, Device>();
  readonly #sessions = new Map<string, Session>();

  constructor(db: Database) {
    this.#sql = statementsOf(db);
  }

  /** Forgets what it knows and reads the devices from the disk. */
  recall(): void {
    for (const known of [this.#devices, this.#byKey, this.#sessions]) known.clear();
    for (const { id, slug } of this.#sql.devices.all()) this.#keep({ id, deviceId: slug, tail: [] });
  }

  get devices(): Iterable<Device> {
    return this.#byKey.values();
  }

  device(deviceId: string): Device | undefined {
    return this.#devices.get(deviceId);
  }

  deviceOfKey(id: number): Device | undefined {
    return this.#byKey.get(id);
  }

  /** Writes a device that is new. */
  meet(deviceId: string): Device {
    return (
      this.#devices.get(deviceId) ??
      this.#keep({ id: Number(this.#sql.addDevice.run(deviceId).lastInsertRowid), deviceId, tail: [] })
    );
  }

  find(device: Device, name: string): Session | undefined {
    return this.#sessions.get(`${device.id} ${name}`) ?? this.#read(device, name);
  }

  /** Writes a session that is new. */
  session(device: Device, name: string, notedUs: number): Session {
    const key = `${device.id} ${name}`;
    const session = this.find(device, name) ?? this.#add(device, name, notedUs);
    this.#sessions.delete(key);
    this.#sessions.set(key, session); // the newest last
    session.notedUs = Math.max(session.notedUs, notedUs);
    if (this.#sessions.size > MAX_IDLE) this.#forgetIdle();
    return session;
  }

  /** Every session of the device that has eras, as on disk. */
  erasOf(device: Device): Map<number, { name: string; eras: Map<number, Era> }> {
    const sessions = new Map<number, { name: string; eras: Map<number, Era> }>();
    for (const { session, name, isKnown, ...era } of this.#sql.erasOfDevice.all(device.id)) {
      const known = sessions.get(session) ?? { name, eras: new Map<number, Era>() };
      known.eras.set(era.era, { ...era, isKnown: isKnown === 1 });
      sessions.set(session, known);
    }
    return sessions;
  }

  writeEra(session: Session, { isKnown, ...era }: Era): void {
    this.#sql.writeEra.run({ session: session.id, ...era, isKnown: isKnown ? 1 : 0 });
  }

  noted({ id, notedUs }: Session): void {
    this.#sql.noted.run({ id, notedUs });
  }

  /** The batches are in their place. `sequences` may be in any order. */
  writeSeen(session: Session, sequences: readonly number[]): void {
    for (const range of rangesOf(sequences)) this.#join(session.id, range);
  }

  /** Range by range on disk, whatever else the session has: the cost does not grow with it. */
  #join(session: number, { first, last }: SequenceRange): void {
    const before = this.#sql.seenBefore.get({ session, first });
    const after = this.#sql.seenAt.get({ session, first: last + 1 });
    if (after) this.#sql.dropSeen.run({ session, first: after.first });
    const joined = before && before.last === first - 1 ? before.first : first;
    this.#sql.putSeen.run({ session, first: joined, last: after?.last ?? last });
  }

  #keep(device: Device): Device {
    this.#devices.set(device.deviceId, device);
    this.#byKey.set(device.id, device);
    return device;
  }

  #add(device: Device, name: string, notedUs: number): Session {
    const { lastInsertRowid } = this.#sql.addSession.run({ device: device.id, name, notedUs });
    return sessionOf({ id: Number(lastInsertRowid), device, name, notedUs });
  }

  #read(device: Device, name: string): Session | undefined {
    const row = this.#sql.session.get({ device: device.id, name });
    if (!row) return undefined;
    const eras = this.#sql.eras.all(row.id).map(({ isKnown, ...era }) => ({ ...era, isKnown: isKnown === 1 }));
    return { ...sessionOf({ ...row, device, name }), eras, seen: new SequenceRanges(this.#sql.seen.all(row.id)) };
  }

  #forgetIdle(): void {
    let surplus = this.#sessions.size - MAX_IDLE / 2;
    for (const [key, session] of this.#sessions) {
      if (surplus-- <= 0) return;
      if (session.waiting === 0) this.#sessions.delete(key);
    }
  }
}

/** Notes that a batch is in the tail. */
export function enterTail(
  entry: TailEntry,
  { sequence }: Pick<HistoryBatch, "sequence">,
  minute: number | undefined,
): void {
  const { session } = entry;
  session.device.tail.push(entry);
  session.seen.add(sequence);
  session.waiting++;
  session.waitingMinute ??= minute;
}

const sessionOf = (row: Pick<Session, "id" | "device" | "name" | "notedUs">): Session => ({
  ...row,
  eras: [],
  seen: new SequenceRanges(),
  waiting: 0,
  waitingMinute: undefined,
});

function rangesOf(sequences: readonly number[]): readonly SequenceRange[] {
  const ranges = new SequenceRanges();
  for (const sequence of sequences) ranges.add(sequence);
  return ranges.all;
}

const statementsOf = (db: Database) => ({
  devices: db.prepare<[], { id: number; slug: string }>("SELECT id, slug FROM devices"),
  addDevice: db.prepare<[string]>("INSERT INTO devices (slug) VALUES (?)"),
  addSession: db.prepare<object>("INSERT INTO sessions (device, name, noted_us) VALUES (@device, @name, @notedUs)"),
  session: db.prepare<object, { id: number; notedUs: number }>(
    "SELECT id, noted_us notedUs FROM sessions WHERE device = @device AND name = @name",
  ),
  noted: db.prepare<object>("UPDATE sessions SET noted_us = max(noted_us, @notedUs) WHERE id = @id"),
  eras: db.prepare<[number], EraRow>(`SELECT ${ERA} FROM eras WHERE session = ? ORDER BY era`),
  erasOfDevice: db.prepare<[number], EraRow & { session: number; name: string }>(
    `SELECT session, name, ${ERA} FROM sessions JOIN eras ON eras.session = sessions.id WHERE device = ?`,
  ),
  writeEra: db.prepare<object>(
    "INSERT OR REPLACE INTO eras VALUES (@session, @era, @boxOffsetUs, @shiftUs, @uncertaintyUs, @isKnown)",
  ),
  seen: db.prepare<[number], SequenceRange>("SELECT first, last FROM seen WHERE session = ? ORDER BY first"),
  seenBefore: db.prepare<object, SequenceRange>(
    "SELECT first, last FROM seen WHERE session = @session AND first < @first ORDER BY first DESC LIMIT 1",
  ),
  seenAt: db.prepare<object, SequenceRange>("SELECT first, last FROM seen WHERE session = @session AND first = @first"),
  dropSeen: db.prepare<object>("DELETE FROM seen WHERE session = @session AND first = @first"),
  putSeen: db.prepare<object>("INSERT OR REPLACE INTO seen VALUES (@session, @first, @last)"),
});
