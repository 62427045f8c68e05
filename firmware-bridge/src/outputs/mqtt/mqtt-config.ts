/** What can be set for an output of plain MQTT topics. */
import { z } from "zod";

export const MqttOutputConfig = z.strictObject({
  type: z.literal("mqtt"),
  /** Broker to publish on, mqtt:// or mqtts://; left out = the one that the beats come from. */
  url: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: "must be an mqtt://, mqtts://, ws:// or wss:// address" })
    .optional(),
  username: z.string().max(128).optional(),
  password: z.string().max(256).optional(),
  /** Topics begin with this; left out = `tactus/v1/<venue>/<device>/output/<name>`, which a box lets through. */
  prefix: z
    .string()
    .regex(/^[^+#]{1,200}[^+#/]$/, 'must be a topic without "+" and "#", not ending in "/"')
    .optional(),
  /** Announce the sensors and buttons to Home Assistant below this topic (its own default is "homeassistant"); needs `url`. */
  homeAssistant: z.string().min(1).max(100).optional(),
  /** Render the rig as well, so that a page can draw it although no DMX leaves; frames a second, 0 = no. */
  rigRateHz: z.number().min(0).max(44).default(0),
});
export type MqttOutputConfig = z.infer<typeof MqttOutputConfig>;
