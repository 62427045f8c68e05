/** A real PulseAudio server of our own, with a null sink as the room: what is played into it can be captured. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Undefined when PulseAudio, its ALSA plugin and its players are here; else what is missing. */
export function pulseMissing(): string | undefined {
  for (const program of ["pulseaudio", "pacat", "pactl"]) {
    try {
      execFileSync("which", [program]);
    } catch {
      return `${program} is not installed (sudo apt install pulseaudio pulseaudio-utils libasound2-plugins)`;
    }
  }
  return undefined;
}

export class PulseServer {
  private readonly folder = mkdtempSync(join(tmpdir(), "tactus-pulse-"));
  private daemon: ChildProcess | undefined;

  /** What a process needs in its environment to play into and capture from this server. */
  get env(): Record<string, string> {
    return {
      HOME: this.folder,
      XDG_RUNTIME_DIR: this.folder,
      PULSE_SERVER: `unix:${join(this.folder, "socket")}`,
      ALSA_CONFIG_PATH: join(this.folder, "asound.conf"),
    };
  }

  /** Start, and wait until it answers. */
  async start(): Promise<void> {
    const script = join(this.folder, "pulse.pa");
    writeFileSync(
      script,
      `load-module module-native-protocol-unix socket=${join(this.folder, "socket")} auth-anonymous=1\n` +
        "load-module module-null-sink sink_name=venue rate=44100 channels=2 format=s16le\n" +
        "set-default-sink venue\nset-default-source venue.monitor\n",
    );
    writeFileSync(
      this.env.ALSA_CONFIG_PATH as string,
      "</usr/share/alsa/alsa.conf>\n" +
        'pcm.!default { type pulse device "venue.monitor" hint { show on description "Venue" } }\n' +
        'pcm.venueout { type pulse device "venue" hint { show on description "Venue out" } }\n',
    );
    const args = ["-n", "-F", script, "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"];
    this.daemon = spawn("pulseaudio", args, { env: { ...process.env, ...this.env }, stdio: "ignore" });
    await this.untilItAnswers();
  }

  /** As a crash would: no goodbye to its clients. */
  async kill(): Promise<void> {
    const { daemon } = this;
    this.daemon = undefined;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await gone;
  }

  /** Kill it and remove what it left. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Play a WAV file into the room; ends it when the file has ended, or when told to. */
  play(file: string): ChildProcess {
    return spawn("paplay", ["-d", "venue", file], { env: { ...process.env, ...this.env }, stdio: "ignore" });
  }

  private async untilItAnswers(): Promise<void> {
    for (let tried = 0; tried < 100; tried++) {
      try {
        await promisify(execFile)("pactl", ["info"], { env: { ...process.env, ...this.env } });
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error("PulseAudio did not answer within 10 s");
  }
}
