/** `tactus cloud init`: an authority and a server certificate, and what to tell a box. */
import { join } from "node:path";
import { fingerprintOf, initOwnTls } from "./own-authority.js";

export interface CloudInitOptions {
  dataDir: string;
  hosts: readonly string[];
  say(line: string): void;
}

/** Run again, it keeps the authority and makes a new server certificate. Throws InputError. */
export async function runCloudInit({ dataDir, hosts, say }: CloudInitOptions): Promise<void> {
  const { ca } = await initOwnTls(dataDir, hosts);
  const name = hosts[0] ?? "localhost";
  const fingerprint = fingerprintOf(ca);
  say(
    `Authority    ${join(dataDir, "tls", "ca-cert.pem")}, its key beside it in ca.pem: keep a copy where nobody else gets it`,
  );
  say(`Fingerprint  ${fingerprint} (SHA-256)`);
  say("");
  say("In the cloud's file:");
  say("  tls: own");
  say("On a box, in device.yaml:");
  say("  cloud:");
  say(`    url: https://${name}:8080`);
  say(`    caFingerprint: "${fingerprint}"`);
}
