/**
 * The beats of one minute into a blob and back. Beats follow one another as in a packed batch; a run ends where the stamps leave
 * the grid of TIME_STEP_US, as they do from batch to batch, so that no stamp is ever moved by being filed.
 */
import { type Beat, ByteReader, ByteWriter, contextOf, readBeat, TIME_STEP_US, writeBeat } from "@tactus/shared";

const FORMAT = 1;

/** `beats` in the order of their stamps, not empty. `session` names them where nothing else does. */
export function encodeChunk(session: string, beats: readonly Beat[]): Uint8Array {
  const writer = new ByteWriter();
  const firstUs = beats[0]?.atUs ?? 0;
  writer.byte(FORMAT);
  writer.unsigned(firstUs);
  let context = contextOf({ session, firstUs });
  for (let from = 0; from < beats.length; ) {
    const to = endOfRun(beats, from);
    const offGrid = offGridUs(beats[from]?.atUs ?? 0, context.atUs);
    writer.unsigned(to - from);
    writer.byte(offGrid);
    context = { ...context, atUs: context.atUs + offGrid };
    for (const beat of beats.slice(from, to)) context = writeBeat(writer, beat, context);
    from = to;
  }
  return writer.bytes();
}

/** Throws InputError for a blob that is damaged. */
export function decodeChunk(session: string, data: Uint8Array): Beat[] {
  const reader = new ByteReader(data, "chunk");
  reader.within("format", reader.byte("format"), { min: FORMAT, max: FORMAT });
  let context = contextOf({ session, firstUs: reader.unsigned("atUs", { min: 1 }) });
  const beats: Beat[] = [];
  while (!reader.isAtEnd) {
    const count = reader.unsigned("beats", { min: 1 });
    context = { ...context, atUs: context.atUs + reader.byte("offGrid") };
    for (let index = 0; index < count; index++) {
      const { beat, next } = readBeat(reader, context);
      beats.push(beat);
      context = next;
    }
  }
  return beats;
}

function endOfRun(beats: readonly Beat[], from: number): number {
  let to = from + 1;
  while (to < beats.length && offGridUs(beats[to]?.atUs ?? 0, beats[to - 1]?.atUs ?? 0) === 0) to++;
  return to;
}

/** 0…TIME_STEP_US − 1. */
const offGridUs = (atUs: number, gridUs: number): number =>
  (((atUs - gridUs) % TIME_STEP_US) + TIME_STEP_US) % TIME_STEP_US;
