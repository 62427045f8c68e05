/** How a box that nobody knows comes to its place in the fleet: claim code, registration, credentials. All of it over HTTP. */
import { z } from "zod";

/** No letters or digits that are taken for one another; 40 bits in eight of them. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** As people type it, with or without hyphen or blanks, in any case -> "ABCD-EFGH". */
export const ClaimCode = z
  .string()
  .max(32)
  .transform((text) => text.toUpperCase().replace(/[\s-]/g, ""))
  .pipe(z.string().regex(new RegExp(`^[${CODE_ALPHABET}]{8}$`), { error: "is eight letters and digits: ABCD-EFGH" }))
  .transform((code) => `${code.slice(0, 4)}-${code.slice(4)}`);

/** What a maker prints on a box, or a random one. */
export const Serial = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{3,63}$/, { error: 'holds 4 to 64 letters, digits, ".", "_" and "-"' });

/** Ed25519, raw 32 bytes as base64url. */
export const DevicePublicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: "is no Ed25519 key in base64url" });
/** SHA-256 of the raw public key, in hexadecimal. */
export const KeyFingerprint = z.string().regex(/^[0-9a-f]{64}$/, { error: "is no SHA-256 in hexadecimal" });

const Signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/, { error: "is no Ed25519 signature in base64url" });
const Challenge = z
  .string()
  .regex(/^[A-Za-z0-9._-]{20,128}$/, { error: "is none of ours: GET /api/v1/claims/challenge" });

/** Body of `POST /api/v1/claims`. */
export const ClaimRequest = z.strictObject({
  v: z.literal(1),
  serial: Serial,
  publicKey: DevicePublicKey,
  /** SHA-256 of codeText(), in hexadecimal: the code itself never leaves the box. */
  codeHash: z.string().regex(/^[0-9a-f]{64}$/, { error: "is no SHA-256 in hexadecimal" }),
  /** From `GET /api/v1/claims/challenge` or the answer before; good once, for two minutes. */
  challenge: Challenge,
  /** By the box's key over registrationText(). */
  signature: Signature,
});
export type ClaimRequest = z.infer<typeof ClaimRequest>;

/** Query of `GET /api/v1/claims/{id}`. */
export const ClaimPoll = z.strictObject({
  challenge: Challenge,
  /** By the box's key over pollText(). */
  signature: Signature,
});
export type ClaimPoll = z.infer<typeof ClaimPoll>;

/** The login of one box, as the cloud hands it out and the box keeps it. */
export const DeviceCredentials = z.object({
  v: z.literal(1),
  venue: z.string().min(1).max(63),
  device: z.string().min(1).max(63),
  /** For people; absent = the box's own. */
  name: z.string().min(1).max(80).optional(),
  username: z.string().min(1).max(128),
  password: z.string().min(16).max(256),
  mqttUrl: z.url({ protocol: /^(mqtts?|wss?)$/ }).max(512),
  /** Where the box reaches the cloud; the box itself puts in the address it asked at. */
  httpUrl: z.url({ protocol: /^https?$/ }).max(512),
  /** The cloud's own certificate authority as PEM; absent = certificates are checked against the system's. */
  ca: z.string().max(32_768).optional(),
});
export type DeviceCredentials = z.infer<typeof DeviceCredentials>;

/** Answer to a registration and to a poll. */
export const ClaimAnswer = z.discriminatedUnion("state", [
  z.object({
    v: z.literal(1),
    state: z.literal("pending"),
    id: z.string().min(1).max(64),
    /** Seconds from now for which the code holds: the box has perhaps no clock. */
    validForS: z.number().min(0).max(86_400),
    pollAfterS: z.number().min(0.1).max(600),
    challenge: Challenge,
  }),
  z.object({
    v: z.literal(1),
    state: z.literal("claimed"),
    credentials: DeviceCredentials,
    /** The root of the update metadata to begin with, as JSON text; absent = the cloud has none yet. */
    tufRoot: z.string().max(262_144).optional(),
  }),
]);
export type ClaimAnswer = z.infer<typeof ClaimAnswer>;

export const ChallengeAnswer = z.object({ v: z.literal(1), challenge: Challenge });

/** Answer of `GET /api/v1/identity`: a box asks whether its login is good and how old it is. */
export const IdentityAnswer = z.object({
  v: z.literal(1),
  device: z.string().min(3).max(127),
  /** Seconds since the login was made. */
  ageS: z.number().min(0),
  /** It is time for a new one. */
  rotate: z.boolean(),
});
export type IdentityAnswer = z.infer<typeof IdentityAnswer>;

/** Answer of `POST /api/v1/devices/{id}/credentials/rotate` to the box itself. */
export const RotateAnswer = z.object({
  v: z.literal(1),
  username: z.string().min(1).max(128),
  password: z.string().min(16).max(256),
});
export type RotateAnswer = z.infer<typeof RotateAnswer>;

/** What is hashed of a claim code: bound to the key, so that nobody else's registration can answer to it. */
export const codeText = (code: string, publicKey: string): string => `tactus claim code 1\n${publicKey}\n${code}`;

/** What a box signs to register. */
export const registrationText = (request: Omit<ClaimRequest, "v" | "signature">): string =>
  ["tactus claim 1", request.challenge, request.serial, request.publicKey, request.codeHash].join("\n");

/** What a box signs to ask what became of it. */
export const pollText = ({ id, challenge }: { id: string; challenge: string }): string =>
  ["tactus claim poll 1", challenge, id].join("\n");
