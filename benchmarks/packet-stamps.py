"""UDP packets into lines "<kernel receive time, ns since the epoch> <first DMX channel>": an Art-Net receiver that only looks."""

import socket
import struct
import sys

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it
ART_DMX = b"Art-Net\0\x00\x50"

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
receiver.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(2048, 512)
    for level, kind, stamp in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and data.startswith(ART_DMX) and len(data) > 18:
            seconds, nanoseconds = struct.unpack("qq", stamp[:16])
            print(seconds * 1_000_000_000 + nanoseconds, data[18], flush=True)
