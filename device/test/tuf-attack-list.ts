/** The attacks that The Update Framework is there for, each as what an attacker does to a repository. */
import { generateKeyPairSync } from "node:crypto";
import { type Forge, type RepositoryServer, type Signed, sha256 } from "./signed-repository.js";
import { NAME, OTHER } from "./tuf-box.js";

const LONG_AGO = "2020-01-01T00:00:00Z";
const set = (change: object) => (signed: Signed) => void Object.assign(signed, change);
const attacker = () => ({ id: "a".repeat(64), key: generateKeyPairSync("ed25519").privateKey });
const manifestPath = (version: string) => `${NAME}/${version}/manifest.json`;

export interface Attack {
  name: string;
  code: string;
  /** What the attacker does after the box has seen the good repository. */
  strike(forge: Forge, server: RepositoryServer): void;
  /** What else the owner does to put things right. */
  heal?(forge: Forge): void;
}

const expired = (role: "targets" | "snapshot" | "timestamp"): Attack => ({
  name: `freeze: ${role} that has expired`,
  code: "freeze",
  strike: (forge) => forge.release({ [role]: set({ expires: LONG_AGO }) }),
});

const otherManifest = (forge: Forge, change: (manifest: Signed) => Signed) => (signed: Signed) => {
  const path = manifestPath(OTHER);
  const { hashes } = signed.targets[path];
  const content = forge.files.get(`targets/${NAME}/${OTHER}/${hashes.sha256}.manifest.json`) as Buffer;
  const [, entry] = forge.target(path, Buffer.from(JSON.stringify(change(JSON.parse(content.toString("utf8"))))));
  signed.targets[path] = entry;
};

export const ATTACKS: Attack[] = [
  {
    name: "arbitrary software: another file in place of the signed one",
    code: "wrong-hash",
    strike: (forge) => replaceTarget(forge, "beat.onnx", (content) => Buffer.alloc(content.length, 7)),
  },
  {
    name: "arbitrary software: a shorter file",
    code: "wrong-hash",
    strike: (forge) => replaceTarget(forge, "clip.wav", (content) => content.subarray(0, 100)),
  },
  {
    name: "arbitrary software: targets signed by an unknown key",
    code: "unsigned",
    strike: (forge) => {
      const signed = { ...forge.signed("targets"), version: forge.version("targets") + 1 };
      const content = forge.write("targets", signed, [attacker(), attacker()]);
      forge.files.delete(forge.fileOf("targets"));
      forge.release();
      forge.files.set(forge.fileOf("targets"), content);
      resign(forge, content);
    },
  },
  {
    name: "key compromise below the threshold: one of two targets keys",
    code: "unsigned",
    strike: (forge) => {
      const signed = { ...forge.signed("targets"), version: forge.version("targets") + 1 };
      resign(forge, forge.write("targets", signed, forge.keys.targets.slice(0, 1)));
    },
  },
  {
    name: "one signature twice",
    code: "unsigned",
    strike: (forge) => {
      const [key] = forge.keys.targets;
      const signed = { ...forge.signed("targets"), version: forge.version("targets") + 1 };
      resign(forge, forge.write("targets", signed, [key as never, key as never]));
    },
  },
  {
    name: "timestamp signed by an unknown key",
    code: "unsigned",
    strike: (forge) => void forge.write("timestamp", { ...forge.signed("timestamp"), version: 99 }, [attacker()]),
  },
  {
    name: "timestamp without signatures",
    code: "unsigned",
    strike: (forge) => void forge.write("timestamp", { ...forge.signed("timestamp"), version: 99 }, []),
  },
  {
    name: "rollback of the timestamp",
    code: "rollback",
    strike: (forge) => void forge.write("timestamp", { ...forge.signed("timestamp"), version: 1 }),
  },
  {
    name: "rollback of the snapshot by a new timestamp",
    code: "rollback",
    strike: (forge) => {
      const content = forge.files.get(forge.fileOf("snapshot", 2)) as Buffer;
      const meta = { "snapshot.json": { version: 2, length: content.length, hashes: { sha256: sha256(content) } } };
      forge.write("timestamp", { ...forge.signed("timestamp"), version: forge.version("timestamp") + 1, meta });
    },
  },
  {
    name: "rollback of targets by a new snapshot",
    code: "rollback",
    strike: (forge) =>
      forge.release({
        snapshot: (signed) => {
          const content = forge.files.get(forge.fileOf("targets", 2)) as Buffer;
          signed.meta["targets.json"] = { version: 2, length: content.length, hashes: { sha256: sha256(content) } };
        },
      }),
  },
  {
    name: "rollback: targets missing in a new snapshot",
    code: "rollback",
    strike: (forge) => forge.release({ snapshot: set({ meta: {} }) }),
  },
  expired("timestamp"),
  expired("snapshot"),
  expired("targets"),
  {
    name: "freeze: root that has expired",
    code: "freeze",
    strike: (forge) => void forge.write("root", { ...forge.signed("root"), version: 2, expires: LONG_AGO }),
    heal: (forge) => {
      const signed = forge.signed("root");
      forge.write("root", { ...signed, version: 2, expires: LONG_AGO });
      forge.write("root", { ...signed, version: 3 });
    },
  },
  {
    name: "an expiry that is no date",
    code: "malformed",
    strike: (forge) => forge.release({ timestamp: set({ expires: "never" }) }),
  },
  {
    name: "mix and match: an older snapshot under the new name",
    code: "mix-and-match",
    strike: (forge) => {
      const old = forge.files.get(forge.fileOf("snapshot")) as Buffer;
      forge.release();
      forge.files.set(forge.fileOf("snapshot"), old);
    },
  },
  {
    name: "mix and match: a snapshot of another version where no hash is given",
    code: "mix-and-match",
    strike: (forge) => {
      const old = forge.files.get(forge.fileOf("snapshot")) as Buffer;
      forge.release({
        timestamp: (signed) => set({ meta: { "snapshot.json": { version: forge.version("snapshot") } } })(signed),
      });
      forge.files.set(forge.fileOf("snapshot"), old);
    },
  },
  {
    name: "mix and match: older targets under the new name",
    code: "mix-and-match",
    strike: (forge) => {
      const old = forge.files.get(forge.fileOf("targets")) as Buffer;
      forge.release();
      forge.files.set(forge.fileOf("targets"), old);
    },
  },
  {
    name: "mix and match: a manifest that names other bytes than the signed ones",
    code: "mix-and-match",
    strike: (forge) =>
      forge.release({ targets: otherManifest(forge, (manifest) => ({ ...manifest, sha256: "0".repeat(64) })) }),
  },
  {
    name: "extraneous dependencies: a manifest that names a file nobody signed",
    code: "mix-and-match",
    strike: (forge) =>
      forge.release({ targets: otherManifest(forge, (manifest) => ({ ...manifest, file: "more.onnx" })) }),
  },
  {
    name: "path traversal: a manifest that names a file elsewhere",
    code: "malformed",
    strike: (forge) =>
      forge.release({ targets: otherManifest(forge, (manifest) => ({ ...manifest, file: "../../hearing.js" })) }),
  },
  {
    name: "wrong software: another model under this name",
    code: "wrong-software",
    strike: (forge) =>
      forge.release({ targets: otherManifest(forge, (manifest) => ({ ...manifest, name: "other-model" })) }),
  },
  {
    name: "wrong software: another version under this number",
    code: "wrong-software",
    strike: (forge) =>
      forge.release({ targets: otherManifest(forge, (manifest) => ({ ...manifest, version: "9.9.9" })) }),
  },
  {
    name: "a policy that speaks of another model",
    code: "wrong-software",
    strike: (forge) =>
      forge.release({
        targets: (signed) => {
          const policy = { v: 1, name: "other-model", floor: "0.0.0", revoked: [] };
          const [path, entry] = forge.target(`${NAME}/policy.json`, Buffer.from(JSON.stringify(policy)));
          signed.targets[path] = entry;
        },
      }),
  },
  {
    name: "endless data: a timestamp without end",
    code: "endless-data",
    strike: (_forge, web) => flood(web, "metadata/timestamp.json"),
  },
  {
    name: "endless data: a root without end",
    code: "endless-data",
    strike: (_forge, web) => flood(web, "metadata/2.root.json"),
  },
  {
    name: "endless data: a target without end",
    code: "endless-data",
    strike: (_forge, web) => flood(web, ".beat.onnx"),
  },
  {
    name: "a signed file larger than any model",
    code: "endless-data",
    strike: (forge) =>
      forge.release({ targets: ({ targets }) => set({ length: 2 ** 40 })(targets[`${NAME}/${OTHER}/beat.onnx`]) }),
  },
  {
    name: "a root signed by one key of two",
    code: "unsigned",
    strike: (forge) => void forge.write("root", { ...forge.signed("root"), version: 2 }, forge.keys.root.slice(0, 1)),
  },
  {
    name: "a root that hands everything to the attacker",
    code: "unsigned",
    strike: (forge) => {
      const key = attacker();
      const hex = key.key.export({ format: "jwk" }).x as string;
      const signed = { ...forge.signed("root"), version: 2 };
      signed.keys = {
        [key.id]: {
          keytype: "ed25519",
          scheme: "ed25519",
          keyval: { public: Buffer.from(hex, "base64url").toString("hex") },
        },
      };
      for (const role of Object.values(signed.roles) as Signed[])
        Object.assign(role, { keyids: [key.id], threshold: 1 });
      forge.write("root", signed, [key]);
    },
  },
  {
    name: "a gap in the chain of roots",
    code: "root-gap",
    strike: (forge) => {
      const content = forge.write("root", { ...forge.signed("root"), version: 3 });
      forge.files.delete("metadata/3.root.json");
      forge.files.set("metadata/2.root.json", content);
    },
  },
  {
    name: "an unknown version of the specification",
    code: "unknown-spec",
    strike: (forge) => forge.release({ timestamp: set({ spec_version: "2.0.0" }) }),
  },
  {
    name: "JSON that is cut off",
    code: "malformed",
    strike: (forge) => cut(forge, "metadata/timestamp.json"),
  },
  {
    name: "a version that is no whole number",
    code: "malformed",
    strike: (forge) => forge.release({ timestamp: set({ version: 1e300 }) }),
  },
];

function replaceTarget(forge: Forge, file: string, change: (content: Buffer) => Buffer): void {
  const path = [...forge.files.keys()].find(
    (one) => one.startsWith(`targets/${NAME}/${OTHER}/`) && one.endsWith(file),
  ) as string;
  forge.files.set(path, change(forge.files.get(path) as Buffer));
}

/** Snapshot and timestamp over these targets, as who holds their keys can make them. */
function resign(forge: Forge, targets: Buffer): void {
  const { version } = JSON.parse(targets.toString("utf8")).signed;
  const meta = (content: Buffer, of: number) => ({
    version: of,
    length: content.length,
    hashes: { sha256: sha256(content) },
  });
  const snapshot = { ...forge.signed("snapshot"), version: forge.version("snapshot") + 1 };
  const content = forge.write("snapshot", { ...snapshot, meta: { "targets.json": meta(targets, version) } });
  const timestamp = { ...forge.signed("timestamp"), version: forge.version("timestamp") + 1 };
  forge.write("timestamp", { ...timestamp, meta: { "snapshot.json": meta(content, snapshot.version) } });
}

function cut(forge: Forge, file: string): void {
  const content = forge.files.get(file) as Buffer;
  forge.files.set(file, content.subarray(0, content.length / 2));
}

function flood(web: RepositoryServer, ending: string): void {
  web.trick = (path, response) => {
    if (!path.endsWith(ending)) return false;
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
    };
    response.on("drain", pour);
    pour();
    return true;
  };
}
