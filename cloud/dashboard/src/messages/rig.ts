/** Words of the virtual rig. */
import type { RigState } from "../rig/rig-state.js";

export const rig = {
  title: "Virtual rig",
  label: (name: string) => `Lamps of the output ${name}, drawn from the bytes that it sends`,
  choose: "Output",
  state: {
    gone: "The bridge is gone: what its lamps do is not known.",
    stopped: "The output has stopped and sends nothing.",
    waiting: "Asking the bridge for its bytes …",
    silent: "No bytes come: the bridge, or the line to it, does not answer.",
    unsent: "The output has not started: these bytes are rendered, but they do not leave.",
    blackout: "Blackout: the lamps are held dark by hand.",
    released: "Released: these bytes are rendered but not sent, a desk or the receiver has the lights.",
    dark: "All channels are at zero.",
    live: "The bytes as they are sent.",
  } satisfies Record<RigState, string>,
  noUniverse: "No output here renders universes: give the bridge a rig.",
  noLamps: "The bridge has not told which lamps hang on these universes.",
  leftOut: (count: number) => `${count} more lamps found no room in the bridge's description`,
  lamps: "Lamps as a table",
  lampColumns: ["Lamp", "Kind", "Channels", "Colour"],
  cells: (count: number) => `${count} cells`,
  universe: {
    title: "Channels of a universe",
    choose: "Universe",
    label: (universe: number, lit: number) => `Universe ${universe}: ${lit} of 512 channels are above zero`,
    numbers: "Rows begin with the number of their first channel; values are hexadecimal.",
  },
} as const;
