/** The rig that `tactus up` plays: lamps that are nowhere but on the page. */

/** Name of the output that renders it. */
export const VIRTUAL_RIG = "virtual-rig";

const CHANNELS_PER_LAMP = 3;

const lamp = (index: number) => ({
  name: `par-${index + 1}`,
  profile: "rgb-par",
  universe: 1,
  channel: 1 + index * CHANNELS_PER_LAMP,
  groups: [index % 2 === 0 ? "odd" : "even"],
  position: { x: index - 3.5, y: 3 },
});

/** `rig:` of the bridge's configuration. */
export const DEMO_RIG = { fixtures: Array.from({ length: 8 }, (_, index) => lamp(index)) };
