/** A telemetry message <-> some 200 bytes: its JSON, compressed against what such messages look like. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { TelemetryMessage } from "@tactus/shared";

const STAGE = '{"p50":0.,"p99":0.,"max":0.},';
/** Never changed once released: what is on disk was packed with it. */
const DICTIONARY = Buffer.from(
  `{"v":1,"session":"0000","sentAtUs":1700000000000,"uptimeS":60,"cpu":0.03,"residentMb":90.,"hops":3000,"lateHops":0,"xruns":0,"latency":{"capture":${STAGE}"frontend":${STAGE}"model":${STAGE}"decoder":${STAGE}"hop":${STAGE.slice(0, -1)}},"health":{"model":"tactus-beat 0.","seconds":60,"musicS":60,"lockedS":60,"beats":120,"periodChange":0.,"octaveFlips":0,"relocks":0,"relockS":0,"confidence":100.,"corrections":0},"sequence":0,"crashes":0,"temperatureC":50.,"diskFreeMb":10000}`,
);

export const packTelemetry = (message: TelemetryMessage): Buffer =>
  deflateRawSync(JSON.stringify(message), { dictionary: DICTIONARY });

/** Its JSON, which goes from thread to thread at a fraction of what the message itself takes. */
export const telemetryText = (packed: Uint8Array): string =>
  inflateRawSync(packed, { dictionary: DICTIONARY }).toString();

/** It was checked before it was packed. */
export const unpackTelemetry = (packed: Uint8Array): TelemetryMessage =>
  JSON.parse(telemetryText(packed)) as TelemetryMessage;
