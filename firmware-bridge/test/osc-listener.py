"""OSC packets into one JSON line each, by python-osc: `osc-listener.py udp|tcp PORT`. Answers /eos/ping as an Eos desk does."""
import json
import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.osc_tcp_server import BlockingOSCTCPServer


def heard(address, *args):
    print(json.dumps([address, *args]), flush=True)


def ping(_address, *args):
    heard("/eos/ping", *args)
    return ("/eos/out/ping",)


dispatcher = Dispatcher()
dispatcher.map("/eos/ping", ping)
dispatcher.set_default_handler(heard)
transport, port = sys.argv[1], int(sys.argv[2])
if transport == "udp":
    server = BlockingOSCUDPServer(("127.0.0.1", port), dispatcher)
else:
    BlockingOSCTCPServer.allow_reuse_address = True
    server = BlockingOSCTCPServer(("127.0.0.1", port), dispatcher, mode="1.0")
print("listening", flush=True)
server.serve_forever()
