"""A desk made of the Python packages sacn and stupidArtnet; does what the lines of its standard input say."""
import json
import sys
import time

import sacn
from stupidArtnet import StupidArtnet

own_address, bridge_address = sys.argv[1:]
sender = sacn.sACNsender(bind_address=own_address, source_name="python desk", fps=30)
sender.start()
artnets = {}
print("ready", flush=True)

for line in sys.stdin:
    order = json.loads(line)
    universe = order["universe"]
    if order["do"] == "sacn":
        if universe not in sender.get_active_outputs():
            sender.activate_output(universe)
        output = sender[universe]
        output.multicast = True
        output.priority = order.get("priority", 100)
        output.preview_data = order.get("preview", False)
        output.dmx_data = tuple(order["values"])
    if order["do"] == "end sacn":
        sender.deactivate_output(universe)
    if order["do"] == "artnet":
        if universe not in artnets:
            artnets[universe] = StupidArtnet(bridge_address, universe - 1, 512, 30, False, False)
        packet = bytearray(order["values"]) + bytearray(512 - len(order["values"]))
        artnets[universe].set(packet)
        artnets[universe].show()
    print("done", flush=True)
