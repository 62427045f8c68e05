/** A cloud in a process of its own whose releases are given, not signed: to be killed. Arguments: data directory, ports, versions. */
import { createLog, loadConfig, startCloud } from "@tactus/cloud";

const [dataDir, http, mqtt, ...versions] = process.argv.slice(2);
const config = await loadConfig(undefined, { dataDir, host: "127.0.0.1", port: Number(http), mqttPort: Number(mqtt) });
config.rollouts = { tickS: 0.1, blockS: 600, unreachableAfterS: 30 };
const models = { list: async () => versions.map((version) => ({ name: "m", version, state: "published" })) };
const cloud = await startCloud(config, { log: createLog("silent"), onFatal: (error) => console.error(error), models });
process.on("message", async (placements) =>
  process.send({ logins: await cloud.identity.provision(placements, { replace: true }) }),
);
process.send({ url: cloud.url, mqttUrl: cloud.mqttUrl, adminToken: cloud.adminToken });
