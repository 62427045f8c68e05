/** Accounts changed on the data directory itself, by who can write there; the cloud may be running. */
import { join } from "node:path";
import { InputError } from "@tactus/shared";
import type { Audit } from "./audit/audit.js";
import { AuditTables } from "./audit/audit-tables.js";
import { makeDataDir } from "./data-dir.js";
import { openFleetSync } from "./store/fleet-tables.js";
import { hashPassword } from "./users/password.js";
import type { Role, UserView } from "./users/principal.js";
import { UserTables } from "./users/user-tables.js";

export interface UsersFile {
  list(): UserView[];
  /** Throws InputError when the name is taken. */
  add(user: { name: string; role: Role; password: string }): Promise<UserView>;
  /** Their sessions end. Throws InputError for an unknown name. */
  resetPassword(name: string, password: string): Promise<void>;
  /** Throws InputError for an unknown name, and for the last admin. */
  disable(name: string): Promise<void>;
}

const BY = "command line";

/** Opens the file for the time of `body`. */
export async function withUsers<T>(dataDir: string, body: (users: UsersFile) => T | Promise<T>): Promise<T> {
  await makeDataDir(dataDir);
  const db = openFleetSync(join(dataDir, "fleet.db"));
  try {
    db.pragma("busy_timeout = 5000");
    const auditTables = new AuditTables(db);
    const audit: Audit = async (entry) => auditTables.add(entry, Date.now() * 1000);
    return await body(usersFile(new UserTables(db), audit));
  } finally {
    db.close();
  }
}

function usersFile(tables: UserTables, audit: Audit): UsersFile {
  const require = (name: string): UserView => {
    const known = tables.login(name);
    if (known) return known.user;
    const names = tables.list().map((user) => user.name);
    throw new InputError(`No user "${name}": there ${names.length === 0 ? "is nobody" : `are ${names.join(", ")}`}`);
  };
  return {
    list: () => tables.list(),
    add: async ({ name, role, password }) => {
      const passwordHash = await hashPassword(password, name);
      await audit({ by: BY, action: "user.add", subject: name, detail: { role } });
      const user = tables.add({ name, role, passwordHash, createdUs: Date.now() * 1000 });
      if (!user) throw new InputError(`There is a user "${name}" already`);
      return user;
    },
    resetPassword: async (name, password) => {
      const user = require(name);
      const passwordHash = await hashPassword(password, user.name);
      await audit({ by: BY, action: "user.change", subject: user.name, detail: { password: true } });
      tables.change(user.id, { passwordHash });
    },
    disable: async (name) => {
      const user = require(name);
      await audit({ by: BY, action: "user.change", subject: user.name, detail: { disabled: true } });
      if (!tables.change(user.id, { disabled: true })) throw new InputError(`"${user.name}" is the last admin`);
    },
  };
}
