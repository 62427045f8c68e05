/** What can be set for a serial output: which port, which protocol, and what it shows. */
import { z } from "zod";
import { FRAME_EFFECTS } from "./tactus-frame-packet.js";

export const SerialConfig = z
  .strictObject({
    type: z.literal("serial"),
    /**
     * `tactus`: beats for a board with our firmware, which draws by itself. `adalight`, `tpm2`: pixels for boards with other
     * firmware, such as WLED.
     */
    protocol: z.enum(["tactus", "adalight", "tpm2"]).default("tactus"),
    /** A path such as "/dev/ttyUSB0" or "COM3"; "auto" = the first known board that answers. */
    port: z.string().min(1).max(200).default("auto"),
    /** Bits a second; as the board's firmware was built. */
    baud: z.int().min(1200).max(4_000_000).default(115_200),
    /** `tactus`: how long before its time a beat is sent, milliseconds; beyond 100 it may still be revised. */
    leadMs: z.number().min(20).max(1000).default(90),
    /** `tactus`: what the board draws. */
    effect: z.enum(FRAME_EFFECTS).default("pulse"),
    /** `tactus`: base colour of the effect, "#rrggbb". */
    colour: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'a colour is "#rrggbb"')
      .default("#ff6000"),
    /** `tactus`: false for a line without a way back, such as RS-485 to several boards: nothing is asked and nothing known. */
    handshake: z.boolean().default(true),
    /** Universe in which the first pixel is patched, from 1. With `tactus` the board then shows these instead of its effect. */
    universe: z.int().min(1).max(63999).optional(),
    /** Its first channel, 1..512. */
    channel: z.int().min(1).max(512).default(1),
    /** Length of the strip; it goes on at channel 1 of the next universe. */
    pixels: z.int().min(1).max(4096).optional(),
    /** Frames a second at most; fewer where the baud rate does not carry them. */
    frameRateHz: z.number().min(1).max(44).default(40),
    /** `adalight`: what its header says: the pixels less one, as it began, or the pixels, as some receivers expect. */
    count: z.enum(["minus-one", "exact"]).default("minus-one"),
  })
  .refine(
    ({ protocol, universe, pixels }) => protocol === "tactus" || (universe !== undefined && pixels !== undefined),
    {
      message: "adalight and tpm2 carry pixels: give universe and pixels",
      path: ["universe"],
    },
  )
  .refine(({ universe, pixels }) => (universe === undefined) === (pixels === undefined), {
    message: "universe and pixels go together",
    path: ["pixels"],
  });
export type SerialConfig = z.infer<typeof SerialConfig>;
