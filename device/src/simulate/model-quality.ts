/** A model's name into how well it does: what a simulated box draws its health from. */
import { readFile } from "node:fs/promises";
import { InputError, parseJsonAs } from "@tactus/shared";
import { z } from "zod";

export const ModelQuality = z.strictObject({
  /** Mean change from one period to the next, relative to the period: small is good. */
  instability: z.number().min(0).max(1).default(0.004),
  octaveFlipsPerHour: z.number().min(0).max(1000).default(0.4),
  relocksPerHour: z.number().min(0).max(1000).default(6),
  /** Mean seconds until the beat is found again. */
  relockS: z.number().min(0).max(120).default(3),
  /** Mean confidence of a beat, [0, 1]. */
  confidence: z.number().min(0).max(1).default(0.9),
  correctionsPerHour: z.number().min(0).max(1000).default(0.1),
  hopP99Ms: z.number().min(0).max(1000).default(2),
  crashesPerHour: z.number().min(0).max(1000).default(0),
  /** Beats that the shadow and the active model do not share, [0, 1]. */
  shadowDisagreement: z.number().min(0).max(1).default(0.03),
  /** Probability that an update to it fails: download, golden clip, or rolled back in probation. */
  updateFailure: z.number().min(0).max(1).default(0),
});
export type ModelQuality = z.infer<typeof ModelQuality>;

const QualityFile = z.strictObject({
  /** "name version", where "*" stands for anything; the first that fits counts. */
  models: z.array(z.strictObject({ model: z.string().min(1).max(121), quality: ModelQuality })).max(1000),
});
type QualityFile = z.infer<typeof QualityFile>;

const worse = { instability: 0.012, octaveFlipsPerHour: 12, relocksPerHour: 30, relockS: 8, confidence: 0.7 };

/** Without a file: three patch numbers stand for three kinds of bad model, every other model is equally good. */
const BUILT_IN: QualityFile = {
  models: [
    { model: "* *.*.13", quality: ModelQuality.parse({ ...worse, correctionsPerHour: 4, shadowDisagreement: 0.3 }) },
    { model: "* *.*.66", quality: ModelQuality.parse({ crashesPerHour: 20, hopP99Ms: 15 }) },
    { model: "* *.*.99", quality: ModelQuality.parse({ updateFailure: 1 }) },
    { model: "*", quality: ModelQuality.parse({}) },
  ],
};

export class QualityTable {
  readonly #models: { pattern: RegExp; quality: ModelQuality }[];

  constructor(file: QualityFile = BUILT_IN) {
    this.#models = file.models.map(({ model, quality }) => ({ pattern: patternOf(model), quality }));
  }

  /** `model`: "name version". */
  of(model: string): ModelQuality {
    return this.#models.find(({ pattern }) => pattern.test(model))?.quality ?? ModelQuality.parse({});
  }
}

/** Throws InputError when it cannot be read or is not such a table. */
export async function readQualityFile(path: string): Promise<QualityFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new InputError(`Quality table ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parseJsonAs(QualityFile, text, `Quality table ${path}`);
}

function patternOf(model: string): RegExp {
  const parts = model.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
