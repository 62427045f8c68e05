"""Own synthesizer voices: wavetables whose brightness follows an envelope, detuned layers, FM and plucked strings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.midi_render import Track

TABLE = 1024
CUTOFFS = (1.5, 4.0, 10.0, 28.0)  # in harmonics


@dataclass
class Patch:
    """A sound. Times in seconds; brightness 0..3 indexes CUTOFFS."""

    kind: str  # "table" | "fm" | "pluck"
    spectrum: np.ndarray  # harmonic amplitudes (64,)
    attack: float
    decay: float
    sustain: float
    release: float
    bright: float
    sweep: float  # brightness added at the attack
    sweep_time: float
    detune: float  # cents between the layers
    layers: int
    ratio: float = 1.0  # FM
    index: float = 0.0
    _notes: dict = field(default_factory=dict)
    _tables: dict = field(default_factory=dict)


def random_patch(rng: np.random.Generator, role: str) -> Patch:
    """role: "bass" | "pad" | "stab" | "pluck" | "lead"."""
    order = np.arange(1, 65)
    shape = rng.choice(["saw", "square", "pulse", "organ", "soft"])
    spectrum = {
        "saw": 1 / order,
        "square": np.where(order % 2 == 1, 1 / order, 0),
        "pulse": np.abs(np.sin(np.pi * order * rng.uniform(0.08, 0.4))) / order,
        "organ": np.where(np.isin(order, (1, 2, 3, 4, 6, 8)), rng.uniform(0.2, 1, 64), 0),
        "soft": 1 / order**2,
    }[shape]
    kind = str(rng.choice(["table", "fm", "pluck"], p={"bass": [0.75, 0.2, 0.05], "pad": [0.95, 0.05, 0], "stab": [0.75, 0.25, 0], "pluck": [0.35, 0.25, 0.4], "lead": [0.8, 0.2, 0]}[role]))
    slow = role == "pad"
    return Patch(
        kind,
        spectrum,
        attack=rng.uniform(0.04, 0.5) if slow else rng.uniform(0.001, 0.012),
        decay=rng.uniform(0.5, 2.0) if slow else float(np.exp(rng.uniform(np.log(0.08), np.log(0.8)))),
        sustain=rng.uniform(0.6, 1) if slow or role == "lead" else rng.uniform(0.0, 0.8),
        release=rng.uniform(0.1, 0.6) if slow else rng.uniform(0.02, 0.15),
        bright=rng.uniform(0.3, 2.0) if role != "bass" else rng.uniform(0.2, 1.6),
        sweep=rng.uniform(-0.5, 0.8) if slow else rng.uniform(0, 1.8),
        sweep_time=rng.uniform(0.3, 1.5) if slow else float(np.exp(rng.uniform(np.log(0.03), np.log(0.4)))),
        detune=rng.uniform(3, 18) if rng.random() < 0.6 else 0.0,
        layers=1 if role == "bass" and rng.random() < 0.6 else int(rng.integers(1, 4)),
        ratio=float(rng.choice([0.5, 1, 1, 2, 3, 3.5, 7])),
        index=rng.uniform(0.5, 5.0),
    )


def _tables(patch: Patch, pitch: int) -> np.ndarray:
    """Four single cycles, dark to bright, band-limited for the pitch's octave. Shape (4, TABLE)."""
    limit = int(min(64, 10000 / (440 * 2 ** ((pitch // 6 * 6 + 6 - 69) / 12))))
    key = max(1, limit)
    if key not in patch._tables:
        order = np.arange(1, 65)
        rows = []
        for cutoff in CUTOFFS:
            amplitude = patch.spectrum / (1 + (order / cutoff) ** 4) * (order <= key)
            spectrum = np.zeros(TABLE // 2 + 1, complex)
            spectrum[1:65] = -0.5j * amplitude * TABLE
            rows.append(np.fft.irfft(spectrum))
        patch._tables[key] = np.array(rows, np.float32)
    return patch._tables[key]


def _envelope(patch: Patch, held: int, total: int) -> np.ndarray:
    t = np.arange(total, dtype=np.float32) / SAMPLE_RATE
    body = np.minimum(1, t / patch.attack) * (patch.sustain + (1 - patch.sustain) * np.exp(-np.maximum(0, t - patch.attack) / patch.decay))
    body[held:] *= np.exp(-(t[held:] - t[held]) / patch.release) if held < total else 1
    return body


def _table_wave(patch: Patch, pitch: int, frequency: float, total: int) -> np.ndarray:
    t = np.arange(total, dtype=np.float32) / SAMPLE_RATE
    level = np.clip(patch.bright + patch.sweep * np.exp(-t / patch.sweep_time), 0, len(CUTOFFS) - 1.001)
    lower = level.astype(np.int32)
    share = level - lower
    tables = _tables(patch, pitch)
    out = np.zeros(total, np.float32)
    for layer in range(patch.layers):
        shift = (layer - (patch.layers - 1) / 2) * patch.detune
        index = ((np.arange(total) * (frequency * 2 ** (shift / 1200) / SAMPLE_RATE) + 0.37 * layer) % 1.0 * TABLE).astype(np.int32)
        out += tables[lower, index] * (1 - share) + tables[lower + 1, index] * share
    return out / np.sqrt(patch.layers)


def _fm_wave(patch: Patch, frequency: float, total: int) -> np.ndarray:
    t = np.arange(total) / SAMPLE_RATE
    depth = patch.index * np.exp(-t / patch.sweep_time) * min(1.0, 2000 / (frequency * max(patch.ratio, 1)))
    return np.sin(2 * np.pi * frequency * t + depth * np.sin(2 * np.pi * frequency * patch.ratio * t)).astype(np.float32)


def _pluck_wave(patch: Patch, pitch: int, frequency: float, total: int) -> np.ndarray:
    """Karplus-Strong: a burst of noise in a damped delay line."""
    period = max(4, int(SAMPLE_RATE / frequency - 0.5))
    burst = np.random.default_rng(pitch).standard_normal(period)
    source = np.zeros(total)
    source[:period] = lfilter([1 - 0.3 * (2 - patch.bright)], [1, -0.3 * (2 - patch.bright)], burst)[: min(period, total)]
    loss = 0.5 * 10 ** (-3 * period / SAMPLE_RATE / (0.6 + 2 * patch.decay))
    feedback = np.zeros(period + 2)
    feedback[0], feedback[period], feedback[period + 1] = 1, -loss, -loss
    return (0.5 * lfilter([1.0], feedback, source)).astype(np.float32)


def _note(patch: Patch, pitch: int, length: float) -> np.ndarray:
    """One note at full level, cached: melodies and basses repeat a few pitches and lengths."""
    steps = max(1, round(length / 0.04))
    key = (pitch, steps)
    if key not in patch._notes:
        held = int(steps * 0.04 * SAMPLE_RATE)
        total = held + int(min(4 * patch.release, 1.2) * SAMPLE_RATE)
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        if patch.kind == "fm":
            wave = _fm_wave(patch, frequency, total)
        elif patch.kind == "pluck":
            wave = _pluck_wave(patch, pitch, frequency, max(total, 64 + int(SAMPLE_RATE / frequency)))
            total = wave.size
        else:
            wave = _table_wave(patch, pitch, frequency, total)
        patch._notes[key] = (wave * _envelope(patch, held, total)).astype(np.float32)
    return patch._notes[key]


def play(patch: Patch, track: Track, duration: float) -> np.ndarray:
    """A track's notes with this patch -> mono samples (duration x 22 050)."""
    out = np.zeros(int(duration * SAMPLE_RATE), np.float32)
    for start, length, pitch, velocity in track.notes:
        begin = int(start * SAMPLE_RATE)
        if begin < 0 or begin >= out.size:
            continue
        samples = _note(patch, int(pitch), float(min(length, 6.0)))[: out.size - begin]
        out[begin : begin + samples.size] += samples * np.float32((velocity / 127) ** 1.5 * 0.2)
    return out
