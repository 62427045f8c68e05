"""When things happen: tempo curves of a played song and the map from beats to seconds."""

from __future__ import annotations

import numpy as np

GRID = 0.25  # beats between the nodes of a tempo curve


class TempoMap:
    """Beat position <-> seconds. `bpm` holds the tempo at every quarter of a beat from position 0 on."""

    def __init__(self, bpm: np.ndarray, start: float):
        bpm = np.asarray(bpm, np.float64)
        self.bpm = bpm
        self.position = np.arange(bpm.size + 1) * GRID
        self.time = start + np.concatenate([[0.0], np.cumsum(GRID * 60.0 / bpm)])

    def seconds(self, beats: np.ndarray | float) -> np.ndarray:
        """Seconds of beat positions; outside the curve the end tempi continue."""
        beats = np.asarray(beats, np.float64)
        inside = np.interp(beats, self.position, self.time)
        before = np.minimum(beats, 0.0) * 60.0 / self.bpm[0]
        after = np.maximum(beats - self.position[-1], 0.0) * 60.0 / self.bpm[-1]
        return inside + before + after


def _wander(rng: np.random.Generator, nodes: int, depth: float, memory: float) -> np.ndarray:
    """Slow random walk around 0 with standard deviation `depth`; `memory` in nodes."""
    keep = np.exp(-1.0 / memory)
    noise = rng.standard_normal(nodes) * depth * np.sqrt(1 - keep**2)
    out = np.empty(nodes)
    value = rng.standard_normal() * depth * 0.3
    for index in range(nodes):
        value = keep * value + noise[index]
        out[index] = value
    kernel = np.hanning(9)  # players do not change tempo inside one beat
    padded = np.pad(out, 4, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def tempo_curve(rng: np.random.Generator, bpm: float, beats: int, machine: bool = False, steps: list[float] | None = None) -> np.ndarray:
    """Tempo at every quarter of a beat, BPM.

    Most songs are steady or drift gently; ramps, steps (at one of the section starts `steps`, in beats) and a
    rubato-like wander are a minority. `machine`: sequenced music, nearly always exactly steady.
    """
    nodes = int(np.ceil(beats / GRID)) + 8
    log = np.full(nodes, np.log(bpm))
    kind = rng.choice(["steady", "drift", "loose", "ramp", "step"], p=[0.88, 0.04, 0.0, 0.05, 0.03] if machine else [0.3, 0.48, 0.08, 0.08, 0.06])
    if kind in ("drift", "ramp", "step") and not machine:
        log += _wander(rng, nodes, rng.uniform(0.002, 0.012), 32 / GRID)
    if kind == "drift":
        log += np.linspace(0, rng.normal(0, 0.015), nodes)  # songs speed up or tire a little
    if kind == "loose":
        log += _wander(rng, nodes, rng.uniform(0.012, 0.03), 8 / GRID)
    if kind == "ramp":
        begin, length = rng.uniform(0.15, 0.6) * nodes, rng.uniform(12, 40) / GRID
        log += np.clip((np.arange(nodes) - begin) / length, 0, 1) * rng.uniform(0.04, 0.15) * rng.choice([-1, 1])
    if kind == "step":
        at = rng.choice(steps) if steps else rng.uniform(0.3, 0.7) * beats
        log[int(at / GRID) :] += rng.uniform(0.04, 0.14) * rng.choice([-1, 1])
    return np.exp(log)


def beat_times(tempo: TempoMap, beats_per_bar: int, duration: float, first_beat: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """All beats inside [0, duration): seconds (n,) and place in the bar, 1 = downbeat (n,)."""
    index = np.arange(first_beat, int(tempo.position[-1]) + 400)
    times = tempo.seconds(index)
    keep = (times >= 0) & (times < duration)
    return times[keep], (index[keep] % beats_per_bar) + 1
