/** Bytes into bytes without a zero, so that a zero can end a frame, and back: Consistent Overhead Byte Stuffing. */

/** At most one byte in 254 longer, plus one. The zeros around a frame are not part of it. */
export function cobsEncode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + Math.floor(bytes.length / 254) + 1);
  let codeAt = 0;
  let at = 1;
  let code = 1;
  const close = () => {
    out[codeAt] = code;
    codeAt = at++;
    code = 1;
  };
  for (const byte of bytes) {
    if (code === 0xff) close();
    if (byte === 0) close();
    else {
      out[at++] = byte;
      code++;
    }
  }
  out[codeAt] = code;
  return out.subarray(0, at);
}

/**
 * `undefined` when a block is cut short or a zero is inside. Takes both encodings of a closing run of 254 non-zero bytes:
 * with the `01` behind it and without.
 */
export function cobsDecode(bytes: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(bytes.length);
  let at = 0;
  let length = 0;
  while (at < bytes.length) {
    const code = bytes[at] ?? 0;
    const end = at + code;
    if (code === 0 || end > bytes.length) return undefined;
    for (at++; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === 0) return undefined;
      out[length++] = byte;
    }
    if (code !== 0xff && at < bytes.length) out[length++] = 0;
  }
  return out.subarray(0, length);
}
