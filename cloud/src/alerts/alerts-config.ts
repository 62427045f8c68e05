/** Settings of alerts and of telling people. */
import { z } from "zod";

export const AlertsConfig = z.strictObject({
  /** After its own start the cloud waits for so long until a device that has not come back counts as offline, seconds. */
  graceS: z.number().min(0).max(3600).default(120),
  /** What happens within this time is told together, seconds. */
  foldS: z.number().min(0).max(600).default(10),
  /** More alerts of one rule than this within that time are one message. */
  foldAbove: z.int().min(1).max(1000).default(5),
});

export const WebhooksConfig = z.strictObject({
  /** May webhooks go to private addresses and over plain HTTP? Only where nobody else may add webhooks. */
  allowPrivate: z.boolean().default(false),
  /** The receiver must have answered by then, milliseconds. */
  timeoutMs: z.int().min(100).max(60_000).default(10_000),
  /** The first wait after a failure, seconds; it doubles up to an hour. */
  retryBaseS: z.number().min(0.05).max(600).default(10),
  /** After this a delivery is a dead letter, hours. */
  giveUpHours: z.number().min(0.0001).max(240).default(24),
});

export const SmtpConfig = z
  .strictObject({
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535).default(587),
    /** TLS from the first byte (port 465); otherwise STARTTLS. */
    secure: z.boolean().default(false),
    /** Without STARTTLS nothing is sent. Only for a server on this machine it may be off. */
    requireTls: z.boolean().default(true),
    user: z.string().min(1).max(200).optional(),
    /** File that holds the password and nothing else. */
    passwordFile: z.string().min(1).optional(),
    /** CA of the mail server, PEM, where it is not a public one. */
    caFile: z.string().min(1).optional(),
    /** "Tactus <alerts@example.org>". */
    from: z.string().min(3).max(320),
    to: z.array(z.email()).min(1).max(20),
    /** Not more than one mail in this time, seconds: what comes meanwhile is in the next one. */
    everyS: z.number().min(0).max(86_400).default(60),
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: "Needs user and passwordFile together, or neither",
    path: ["user"],
  });

export type AlertsConfig = z.infer<typeof AlertsConfig>;
export type WebhooksConfig = z.infer<typeof WebhooksConfig>;
export type SmtpConfig = z.infer<typeof SmtpConfig>;
