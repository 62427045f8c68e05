/** Names of simulated devices into logins that the cloud accepts. */
import { InputError, parseJsonAs } from "@tactus/shared";
import { z } from "zod";
import { openCloudFetch } from "../identity/cloud-fetch.js";
import type { DeviceOrder } from "./fleet-order.js";

export interface ProvisionOptions {
  /** "http://127.0.0.1:8080". */
  cloudUrl: string;
  adminToken: string;
  /** Certificates to trust, PEM; absent = those of the system. */
  ca?: string | undefined;
  devices: { venue: string; device: string }[];
}

const Provisioned = z.object({
  devices: z.array(z.object({ id: z.string(), username: z.string(), password: z.string() })),
});

/** So many are made in one request. */
const CHUNK = 500;

/** Devices that are there already get a new login. Throws UnavailableError when the cloud does not answer, InputError when it refuses. */
export async function provisionDevices({ devices, ...cloud }: ProvisionOptions): Promise<DeviceOrder[]> {
  const orders: DeviceOrder[] = [];
  for (let from = 0; from < devices.length; from += CHUNK)
    orders.push(...(await provisionChunk({ ...cloud, devices: devices.slice(from, from + CHUNK) })));
  return orders;
}

async function provisionChunk({ cloudUrl, adminToken, ca, devices }: ProvisionOptions): Promise<DeviceOrder[]> {
  const ids = devices.map(({ venue, device }) => `${venue}.${device}`);
  const cloudFetch = openCloudFetch({ access: () => ({ httpUrl: cloudUrl, ca, floorMs: 0 }) });
  const answer = await cloudFetch("/api/v1/devices", {
    method: "POST",
    headers: {
      authorization: `Bearer ${adminToken}`,
      "content-type": "application/json",
      "tactus-operator": "simulate",
    },
    body: JSON.stringify({ devices: ids.map((id) => ({ id, tags: ["simulated"] })), replace: true }),
    idleMs: 120_000,
  });
  const text = answer.body.toString();
  if (answer.status !== 201)
    throw new InputError(`The cloud at ${cloudUrl} makes no devices: ${answer.status} ${text.slice(0, 300)}`);
  const { devices: made } = parseJsonAs(Provisioned, text, "Answer of the cloud");
  const byId = new Map(made.map((one) => [one.id, one]));
  return devices.map(({ venue, device }) => {
    const login = byId.get(`${venue}.${device}`);
    if (!login) throw new InputError(`The cloud at ${cloudUrl} made no device "${venue}.${device}"`);
    return { venue, device, username: login.username, password: login.password };
  });
}
