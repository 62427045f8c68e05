/** Avahi on a message bus of its own, in the network of the test, to publish what nobody here wrote. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReceiverProcess } from "./receiver-process.js";

/** Its runtime folder is compiled in: a mount of its own keeps it apart from a daemon of the machine. */
const IN_PRIVATE_RUN = [
  "--mount",
  "sh",
  "-c",
  'mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon && exec "$@"',
  "sh",
];

export class Avahi {
  readonly #folder = mkdtempSync(join(tmpdir(), "tactus-avahi-"));
  readonly #processes: ReceiverProcess[] = [];
  readonly #env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.#folder}/bus` };

  async start(): Promise<void> {
    const busConfig = join(this.#folder, "bus.conf");
    const avahiConfig = join(this.#folder, "avahi.conf");
    writeFileSync(
      busConfig,
      `<busconfig><type>custom</type><listen>unix:path=${this.#folder}/bus</listen><auth>EXTERNAL</auth>
       <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
    );
    writeFileSync(
      avahiConfig,
      "[server]\nhost-name=desk\nuse-ipv6=no\nallow-interfaces=v0\n[publish]\npublish-hinfo=no\n",
    );
    const bus = this.#spawn("dbus-daemon", [`--config-file=${busConfig}`, "--nofork", "--print-address=1"]);
    await bus.line(/unix:/);
    const options = ["--no-drop-root", "--no-chroot", "--no-rlimits", "-f", avahiConfig];
    const daemon = this.#spawn("unshare", [...IN_PRIVATE_RUN, "avahi-daemon", ...options]);
    await daemon.line(/Server startup complete/);
  }

  /** Resolves when the name is established. Stop the result to withdraw it. */
  async publish(name: string, type: string, port: number): Promise<ReceiverProcess> {
    const publisher = this.#spawn("avahi-publish", ["-s", name, type, String(port)]);
    await publisher.line(/Established/);
    return publisher;
  }

  async stop(): Promise<void> {
    for (const one of this.#processes.reverse()) await one.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(command: string, args: string[]): ReceiverProcess {
    const started = new ReceiverProcess(command, args, { env: this.#env });
    this.#processes.push(started);
    return started;
  }
}
