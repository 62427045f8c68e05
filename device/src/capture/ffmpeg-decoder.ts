/** Any file that ffmpeg can read into samples: ffmpeg writes WAV into a pipe, and we read that. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { InputError } from "@tactus/shared";
import type { PcmStream } from "./pcm-stream.js";
import { readWav } from "./wav-reader.js";

type Ffmpeg = ChildProcessByStdio<null, Readable, Readable>;

/** Enough of what ffmpeg complains about to name the first cause. */
const KEPT_COMPLAINT = 2000;

/**
 * Decode the first audio stream of `file`, at its own rate and channel count. ffmpeg drops encoder delay (Opus
 * pre-skip, the LAME tag), so that time 0 is where the sound began. Throws InputError when it finds no audio.
 */
export async function decodeByFfmpeg(file: string, ffmpeg: string): Promise<PcmStream> {
  const child = startFfmpeg(file, ffmpeg);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < KEPT_COMPLAINT) complaint += text;
  });
  const exit = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve(code));
  });
  let stream: PcmStream;
  try {
    stream = await readWav(child.stdout, file);
  } catch (cause) {
    child.kill("SIGKILL");
    await exit;
    throw new InputError(
      `${file} holds no audio that ffmpeg can read: ${firstLine(complaint).replace(`file:${file}: `, "")}`,
      { cause },
    );
  }
  const notes: string[] = [];
  return { ...stream, chunks: chunksUntilExit(), notes: () => [...notes, ...stream.notes()] };

  async function* chunksUntilExit(): AsyncGenerator<Float32Array> {
    try {
      yield* stream.chunks;
      const code = await exit;
      if (code !== 0) notes.push(`ffmpeg stopped with code ${code}: ${firstLine(complaint)}`);
      else if (complaint !== "") notes.push(`ffmpeg said: ${firstLine(complaint)}`);
    } finally {
      child.kill("SIGKILL");
    }
  }
}

function startFfmpeg(file: string, ffmpeg: string): Ffmpeg {
  // Only local files: a playlist must not make this box fetch from the network.
  const input = ["-protocol_whitelist", "file,pipe", "-i", `file:${file}`, "-map", "0:a:0"];
  const output = ["-c:a", "pcm_f32le", "-f", "wav", "pipe:1"];
  return spawn(ffmpeg, ["-v", "error", "-nostdin", ...input, ...output], { stdio: ["ignore", "pipe", "pipe"] });
}

function firstLine(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "");
  return line?.trim() ?? "it gave no reason";
}
