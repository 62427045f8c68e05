/** Home Assistant's MQTT discovery: one retained message per sensor and button (home-assistant.io/integrations/mqtt). Pure. */

export interface DiscoveryOptions {
  /** "homeassistant" */
  discoveryPrefix: string;
  /** Where the values are. */
  prefix: string;
  /** Unique in the house: `tactus_<venue>_<device>_<output>`. */
  id: string;
  /** For people. */
  name: string;
}

const BUTTONS = [
  ["tap", "Tap"],
  ["half", "Half tempo"],
  ["double", "Double tempo"],
  ["downbeat", "Downbeat now"],
  ["release", "Automatic again"],
] as const;

export function discoveryMessages(options: DiscoveryOptions): { topic: string; payload: string }[] {
  const { discoveryPrefix, prefix, id, name } = options;
  const common = {
    availability_topic: `${prefix}/online`,
    payload_available: "true",
    payload_not_available: "false",
    device: { identifiers: [id], name, manufacturer: "Tactus" },
  };
  const entity = (component: string, key: string, settings: object) => ({
    topic: `${discoveryPrefix}/${component}/${id}/${key}/config`,
    payload: JSON.stringify({ unique_id: `${id}_${key}`, ...settings, ...common }),
  });
  return [
    entity("sensor", "tempo", {
      name: "Tempo",
      state_topic: `${prefix}/tempo`,
      unit_of_measurement: "BPM",
      state_class: "measurement",
      icon: "mdi:metronome",
    }),
    entity("sensor", "confidence", {
      name: "Confidence",
      state_topic: `${prefix}/confidence`,
      unit_of_measurement: "%",
      state_class: "measurement",
      icon: "mdi:gauge",
    }),
    entity("binary_sensor", "music", { name: "Music", state_topic: `${prefix}/music`, device_class: "sound" }),
    entity("sensor", "mode", { name: "State", state_topic: `${prefix}/mode`, icon: "mdi:lightbulb-group" }),
    ...BUTTONS.map(([action, label]) =>
      entity("button", action, { name: label, command_topic: `${prefix}/override`, payload_press: action }),
    ),
    entity("switch", "blackout", {
      name: "Blackout",
      command_topic: `${prefix}/override`,
      payload_on: "blackout",
      payload_off: "lights",
      optimistic: true,
      icon: "mdi:lightbulb-off",
    }),
    entity("device_automation", "beat", trigger(prefix, "beat")),
    entity("device_automation", "bar", trigger(prefix, "bar")),
  ];
}

/** Automations start on it: any payload counts. */
const trigger = (prefix: string, subtype: string) => ({
  automation_type: "trigger",
  type: "tactus",
  subtype,
  topic: `${prefix}/${subtype}`,
});
