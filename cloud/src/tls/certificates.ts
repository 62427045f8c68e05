/** Keys and names into certificates: an authority of this cloud's own, and servers that it vouches for. ECDSA on P-256. */
import "reflect-metadata"; // x509 finds its classes by it, and must come after
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 7300;

/** Key and certificate as PEM. */
export interface CertifiedKey {
  key: string;
  cert: string;
}

export interface ServerCertificateOptions {
  authority: CertifiedKey;
  /** DNS names and addresses. */
  hosts: readonly string[];
  /** It ends then. */
  notAfter: Date;
  /** It begins then. Default: with the authority, since a box that has no clock knows only that the authority is there. */
  notBefore?: Date;
}

/** For twenty years, from a day ago. */
export async function makeAuthority(now: Date): Promise<CertifiedKey> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerial(),
      name: `CN=Tactus cloud ${randomBytes(4).toString("hex")}`,
      notBefore: new Date(now.getTime() - DAY_MS),
      notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys: keys as never,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never, false, webcrypto as never),
      ],
    },
    webcrypto as never,
  );
  return { key: await pemOf(keys.privateKey), cert: `${cert.toString("pem")}\n` };
}

export async function makeServerCertificate(options: ServerCertificateOptions): Promise<CertifiedKey> {
  const { authority, hosts, notAfter } = options;
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await importKey(authority.key);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: `CN=${hosts[0] ?? "localhost"}`,
      issuer: issuer.subject,
      notBefore: options.notBefore ?? issuer.notBefore,
      notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey as never,
      signingKey: signingKey as never,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto as never),
      ],
    },
    webcrypto as never,
  );
  return { key: await pemOf(keys.privateKey), cert: `${cert.toString("pem")}\n` };
}

/** Positive, 127 random bits (RFC 5280, section 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return x509.PemConverter.encode(der, "PRIVATE KEY").concat("\n");
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey("pkcs8", der as ArrayBuffer, ALGORITHM, false, ["sign"]);
}
