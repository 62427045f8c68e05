"""Electronic accompaniment written here: drum patterns on one-shot samples, and synthesised bass, pad and arpeggio.

Positions are in beats, times come out exact: position * 60 / bpm, from the first sample on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from beat_model.frontend import SAMPLE_RATE as SR


@dataclass(frozen=True)
class Style:
    """A sequenced style. Rows have 16 steps of a bar of four beats; digits are velocities 0-9."""

    bpm: tuple[float, float]
    kick: tuple[str, ...]
    snare: tuple[str, ...]
    hat: tuple[str, ...]
    swing: float = 0.0  # largest delay of every second step, as a share of a step


STYLES: dict[str, Style] = {
    "house": Style((116, 130), ("9000900090009000",), ("0000800000008000", "0000800000008003"), ("0080008000800080", "3383338333833383", "0080008000840080"), 0.15),
    "techno": Style((124, 142), ("9000900090009000", "9000900090009030"), ("0000000000000000", "0000600000006000"), ("0080008000800080", "6363636363636363")),
    "electro": Style((108, 130), ("9000000090000000", "9000009000900000", "9009000000900000"), ("0000900000009000",), ("7070707070707070", "7474747474747474")),
    "hiphop": Style((82, 100), ("9000000700900000", "9007000000970000", "9000000090700000"), ("0000900000009000", "0000900200009000"), ("7070707070707070", "7075707070707570"), 0.45),
    "breakbeat": Style((118, 140), ("9000000000900000", "9090000000900000"), ("0000900003009000", "0000900303009003"), ("7070707070707070",), 0.2),
    "downtempo": Style((70, 92), ("9000000000700000", "9000000700000000"), ("0000800000008000",), ("6060606060606060", "0060006000600060"), 0.4),
    "halftime": Style((66, 80), ("9000000070000000", "9000070000700000"), ("0000900000009000",), ("7373737373737373", "7777777777777777", "7070733370707777")),
    "dembow": Style((88, 104), ("9000900090009000",), ("0008008000080080",), ("5050505050505050", "0000000000000000")),
    "disco": Style((112, 126), ("9000900090009000",), ("0000900000009000",), ("0070007000700070", "7080708070807080")),
}


def step_times(pattern: str, bar: int, swing: float) -> list[tuple[float, float]]:
    """(position in beats, velocity 0..1) of one bar."""
    out = []
    for step, char in enumerate(pattern):
        if char != "0":
            late = swing / 4 * (step % 2)
            out.append((bar * 4 + step / 4 + late, int(char) / 9))
    return out


def add_at(out: np.ndarray, sound: np.ndarray, seconds: float, gain: float) -> None:
    """Mix a sound into `out` in place, starting at the nearest sample."""
    begin = int(round(seconds * SR))
    if 0 <= begin < out.size:
        part = sound[: out.size - begin]
        out[begin : begin + part.size] += gain * part


def drum_track(
    rng: np.random.Generator, style: Style, sounds: dict[str, np.ndarray], bpm: float, bars: list[bool], size: int
) -> np.ndarray:
    """Bars marked True are played; the pattern is drawn once and varies a little, with a fill before a change."""
    out = np.zeros(size)
    rows = {"kick": str(rng.choice(style.kick)), "snare": str(rng.choice(style.snare)), "hat": str(rng.choice(style.hat))}
    swing = float(rng.uniform(0, style.swing))
    level = {"kick": 1.0, "snare": rng.uniform(0.5, 0.9), "hat": rng.uniform(0.15, 0.5)}
    for bar, on in enumerate(bars):
        if not on:
            continue
        before_change = bar + 1 < len(bars) and not bars[bar + 1] or bar % 8 == 7
        for part, row in rows.items():
            if part == "snare" and before_change and rng.random() < 0.5:
                row = row[:12] + str(rng.choice(["9090", "9999", "9609", "0999"]))
            for position, velocity in step_times(row, bar, swing):
                if rng.random() < 0.02:
                    continue
                add_at(out, sounds[part], position * 60 / bpm, level[part] * velocity * rng.uniform(0.85, 1.1))
    return out


def oscillator(rng: np.random.Generator, kind: str, hz: float, n: int) -> np.ndarray:
    phase = (hz * np.arange(n) / SR + rng.random()) % 1.0
    if kind == "saw":
        return 2 * phase - 1
    if kind == "square":
        return np.where(phase < 0.5, 1.0, -1.0)
    return np.sin(2 * np.pi * phase)


def tone(rng: np.random.Generator, kind: str, pitch: float, seconds: float, attack: float, decay: float, cutoff: float) -> np.ndarray:
    """One note: attack and exponential decay in seconds, low-pass at `cutoff` Hz, soft release."""
    n = max(64, int(seconds * SR))
    t = np.arange(n) / SR
    hz = 440 * 2 ** ((pitch - 69) / 12)
    envelope = np.minimum(1, t / attack) * np.exp(-t / decay) * np.minimum(1, (seconds - t) / 0.01).clip(0)
    wave = oscillator(rng, kind, hz, n) + 0.5 * oscillator(rng, kind, hz * 1.005, n)
    return sosfilt(butter(2, min(cutoff, SR * 0.45), fs=SR, output="sos"), wave * envelope)


@dataclass(frozen=True)
class Song:
    """Harmony of a loop: one chord (root, third) a bar."""

    key: int
    chords: tuple[tuple[int, int], ...]


MINOR = ((0, 3), (8, 4), (3, 4), (10, 4))
PROGRESSIONS = (MINOR, ((0, 3), (5, 3), (0, 3), (7, 3)), ((0, 4), (7, 4), (9, 3), (5, 4)), ((0, 3),), ((0, 4), (5, 4)), ((2, 3), (7, 4), (0, 4), (0, 4)))


def draw_song(rng: np.random.Generator) -> Song:
    return Song(int(rng.integers(0, 12)), PROGRESSIONS[rng.integers(len(PROGRESSIONS))])


BASS_ROWS = ("9000900090009000", "0080008000800080", "9000000090000000", "9009009000900900", "9090909090909090", "9000007000800000", "8888888888888888")


def bass_track(rng: np.random.Generator, song: Song, bpm: float, bars: list[bool], size: int) -> np.ndarray:
    out = np.zeros(size)
    row, kind = str(rng.choice(BASS_ROWS)), str(rng.choice(["saw", "square", "sine"]))
    cutoff, decay = rng.uniform(200, 1500), rng.uniform(0.12, 0.8)
    length = 60 / bpm * rng.uniform(0.2, 0.9)
    for bar, on in enumerate(bars):
        root = 28 + (song.key + song.chords[bar % len(song.chords)][0]) % 12
        for position, velocity in step_times(row, bar, 0) if on else []:
            pitch = root + (12 if rng.random() < 0.12 else 0) + (7 if rng.random() < 0.06 else 0)
            add_at(out, tone(rng, kind, pitch, length, 0.004, decay, cutoff), position * 60 / bpm, 0.25 * velocity)
    return out


def pad_track(rng: np.random.Generator, song: Song, bpm: float, bars: list[bool], size: int) -> np.ndarray:
    """Held chords with a slow attack, or stabs on a rhythm."""
    out = np.zeros(size)
    stab = str(rng.choice(["9000000000000000", "0080008000800080", "0000800000008000", "9009009000000000"]))
    held = rng.random() < 0.6
    attack, cutoff = (rng.uniform(0.03, 0.3), rng.uniform(400, 2500)) if held else (0.004, rng.uniform(800, 5000))
    length = 240 / bpm if held else 60 / bpm * rng.uniform(0.2, 0.8)
    for bar, on in enumerate(bars):
        step, third = song.chords[bar % len(song.chords)]
        root = 48 + (song.key + step) % 12
        chord = [tone(rng, "saw", root + k, length, attack, 4.0 if held else 0.4, cutoff) for k in (0, third, 7)] if on else []
        for position, velocity in step_times("9000000000000000" if held else stab, bar, 0) if on else []:
            for sound in chord:
                add_at(out, sound, position * 60 / bpm, 0.12 * velocity)
    return out


def arp_track(rng: np.random.Generator, song: Song, bpm: float, bars: list[bool], size: int) -> np.ndarray:
    out = np.zeros(size)
    division = int(rng.choice([2, 4, 4, 3]))
    kind, cutoff = str(rng.choice(["saw", "square", "sine"])), rng.uniform(800, 5000)
    order = rng.permutation([0, 1, 2, 3, 2, 1])[: int(rng.integers(3, 7))]
    rest = rng.uniform(0, 0.4)
    for bar, on in enumerate(bars):
        step, third = song.chords[bar % len(song.chords)]
        notes = [60 + (song.key + step) % 12 + k for k in (0, third, 7, 12)]
        for index in range(4 * division if on else 0):
            if rng.random() >= rest:
                sound = tone(rng, kind, notes[order[index % len(order)]], 60 / bpm * 0.8, 0.003, 0.15, cutoff)
                add_at(out, sound, (bar * 4 + index / division) * 60 / bpm, 0.25 * rng.uniform(0.6, 1))
    return out


def arrangement(rng: np.random.Generator, bars: int, layers: list[str]) -> dict[str, list[bool]]:
    """Sections of 4 or 8 bars in which each layer plays or rests; at least one plays, and drums mostly do."""
    plays = {layer: [] for layer in layers}
    while len(plays[layers[0]]) < bars:
        length = int(rng.choice([4, 8]))
        on = {layer: bool(rng.random() < (0.85 if layer in ("loop", "kit") else 0.7)) for layer in layers}
        if not any(on.values()):
            on[layers[0]] = True
        for layer in layers:
            plays[layer] += [on[layer]] * length
    return {layer: marks[:bars] for layer, marks in plays.items()}
