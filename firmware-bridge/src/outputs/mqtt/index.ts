/** Plain MQTT topics: the output and its configuration. */
import type { Output, OutputContext } from "../output.js";
import type { MqttOutputConfig } from "./mqtt-config.js";
import { type MqttHost, MqttOutput } from "./mqtt-output.js";

export { MqttOutputConfig } from "./mqtt-config.js";
export type { MqttHost } from "./mqtt-output.js";

export function createMqttOutput(config: MqttOutputConfig, context: OutputContext, host: MqttHost): Output {
  return new MqttOutput(config, context, host);
}
