"""Prints what the Python package sacn hears: one JSON object a line."""
import json
import sys
import time

import sacn

address, *universes = sys.argv[1:]


def say(**fields):
    print(json.dumps(fields), flush=True)


receiver = sacn.sACNreceiver(bind_address=address)
last = {}


def heard(packet):
    state = (packet.priority, packet.dmxData[:2], packet.option_PreviewData, packet.syncAddr)
    if last.get(packet.universe) == state:
        return
    last[packet.universe] = state
    say(
        universe=packet.universe,
        values=list(packet.dmxData[:2]),
        priority=packet.priority,
        preview=packet.option_PreviewData,
        sync=packet.syncAddr,
        name=packet.sourceName.rstrip("\x00"),
        cid=bytes(packet.cid).hex(),
    )


@receiver.listen_on("availability")
def available(universe, changed):
    say(universe=universe, availability=changed)


receiver.start()
for universe in map(int, universes):
    receiver.register_listener("universe", heard, universe=universe)
    receiver.join_multicast(universe)
say(ready=True)
while True:
    time.sleep(1)
