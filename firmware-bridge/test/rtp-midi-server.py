"""An RTP-MIDI session by pymidi: prints who comes, what is played and when, one JSON object a line."""
import json
import logging
import sys

from pymidi.protocol import DataProtocol
from pymidi.server import Handler, Server


def tell(**what):
    print(json.dumps(what), flush=True)


class Teller(Handler):
    def on_peer_connected(self, peer):
        tell(event="connected", name=peer.name)

    def on_peer_disconnected(self, peer):
        tell(event="disconnected", name=peer.name)


class Session(Server):
    def _midi_command_cb(self, peer, packet):
        bytes_ = [command.command_byte for command in packet.command.midi_list]
        tell(event="midi", bytes=bytes_, timestamp=packet.header.timestamp, sequence=packet.header.rtp_header.sequence_number)


class ClockLog(logging.Handler):
    """pymidi says the outcome of a clock exchange in its log only."""

    def emit(self, record):
        if record.getMessage().startswith("offset estimate"):
            tell(event="clock")


log = logging.getLogger("pymidi.%s" % DataProtocol.__name__)
log.setLevel(logging.DEBUG)
log.addHandler(ClockLog())
log.propagate = False

server = Session([("127.0.0.1", int(sys.argv[1]))])
server.add_handler(Teller())
tell(event="listening")
server.serve_forever()
