/** A signed set on its way into the cloud: what the signer sends and what it is answered. */
import { z } from "zod";

/** As in tuf-js: largest root, timestamp, snapshot and targets that a client reads, bytes. */
export const MAX_METADATA = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000, targets: 5_000_000 } as const;
/** Of the whole request, bytes. */
export const MAX_PUBLICATION_BYTES = 16 * 1024 * 1024;

/** Each file as text, exactly as it was signed. */
export const Publication = z.strictObject({
  /** Oldest first; those that the cloud has already may be left out. */
  roots: z.array(z.string().max(MAX_METADATA.root)).max(256),
  timestamp: z.string().max(MAX_METADATA.timestamp),
  snapshot: z.string().max(MAX_METADATA.snapshot),
  targets: z.string().max(MAX_METADATA.targets),
});
export type Publication = z.infer<typeof Publication>;

export type PublishAnswer =
  /** Right so far: send these by `PUT /api/v1/models/artifacts/<sha256>`, then the same publication again. */
  | { state: "incomplete"; missing: { sha256: string; bytes: number }[] }
  | {
      state: "published";
      versions: { root: number; timestamp: number; snapshot: number; targets: number };
      /** "name version" of what is new, and of what can no longer be chosen. */
      added: string[];
      withdrawn: string[];
    };
