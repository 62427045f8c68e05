/** The universes this machine receives into the ArtPollReplies that a controller wants to hear. */
import { addressTowards, macOf } from "../../local-interface.js";
import { type ArtPollReply, encodePollReply } from "./artnet-packet.js";

const PORTS_PER_REPLY = 4;
const STYLE = { node: 0, controller: 1 } as const;

/** One reply for each four universes of a sub-net, at least one: whoever sends Art-Net must answer too. */
export function pollReplies(options: { to: string; name: string; universes: readonly number[] }): Buffer[] {
  const address = addressTowards(options.to);
  const groups = groupsOfFour(options.universes);
  return groups.map((outputs, i) => {
    const reply: Omit<ArtPollReply, "kind"> = {
      address,
      shortName: options.name,
      longName: `${options.name}, lights on the beat`,
      report: "#0001 [0000] ok",
      style: options.universes.length > 0 ? STYLE.node : STYLE.controller,
      mac: macOf(address),
      bindIndex: i + 1,
      outputs,
      inputs: [],
    };
    return encodePollReply(reply);
  });
}

/** A reply has one net and sub-net for all its ports. */
function groupsOfFour(universes: readonly number[]): number[][] {
  const groups: number[][] = [[]];
  for (const universe of [...universes].sort((a, b) => a - b)) {
    const last = groups.at(-1) ?? [];
    const fits = last.length < PORTS_PER_REPLY && (last[0] === undefined || subnetOf(last[0]) === subnetOf(universe));
    if (fits) last.push(universe);
    else groups.push([universe]);
  }
  return groups.slice(0, 255);
}

const subnetOf = (universe: number): number => (universe - 1) >> 4;
