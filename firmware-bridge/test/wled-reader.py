"""WLED audio sync packets as their documentation lays them out, one JSON line each: `wled-reader.py PORT [GROUP INTERFACE]`.

audioSyncPacket, version 2, as the compiler of an ESP32 pads it:
  char header[6]; uint8_t pad[2]; float sampleRaw; float sampleSmth; uint8_t samplePeak; uint8_t frameCounter;
  uint8_t fftResult[16]; uint8_t pad[2]; float FFT_Magnitude; float FFT_MajorPeak;
"""
import json
import socket
import struct
import sys

LAYOUT = struct.Struct("<6s2xffBB16s2xff")
assert LAYOUT.size == 44

port, *group = sys.argv[1:]
reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
reader.bind(("", int(port)))
if group:
    membership = socket.inet_aton(group[0]) + socket.inet_aton(group[1])
    reader.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
print("listening", flush=True)
while True:
    packet, _ = reader.recvfrom(2048)
    if len(packet) != LAYOUT.size:
        print(f"refused: {len(packet)} bytes", flush=True)
        continue
    header, raw, smooth, peak, counter, bands, magnitude, major_peak = LAYOUT.unpack(packet)
    if header != b"00002\0":
        print(f"refused: header {header!r}", flush=True)
        continue
    heard = dict(raw=raw, smooth=smooth, peak=peak, counter=counter, bands=list(bands), magnitude=magnitude)
    print(json.dumps({**heard, "majorPeakHz": major_peak}), flush=True)
