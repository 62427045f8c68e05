/** The key that this box is known by: made at the first start, never leaves it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { join } from "node:path";
import { InputError } from "@tactus/shared";
import { readIfThere, writeWholeFile } from "../whole-file.js";

export class DeviceKey {
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Raw, base64url. */
  get publicKey(): string {
    return createPublicKey(this.#key).export({ format: "jwk" }).x ?? "";
  }

  /** Base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString("base64url");
  }
}

/** `<stateDir>/device-key.pem`, made when it is not there. Throws InputError when it holds something else. */
export async function loadOrMakeDeviceKey(stateDir: string): Promise<DeviceKey> {
  const path = join(stateDir, "device-key.pem");
  const pem = await readIfThere(path);
  if (pem !== undefined) return new DeviceKey(keyIn(pem, path));
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeWholeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return new DeviceKey(privateKey);
}

function keyIn(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // said below
  }
  throw new InputError(`${path} holds no Ed25519 key: delete it for a new one; the box must then be claimed again`);
}
