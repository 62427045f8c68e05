"""Parts added to a given rhythm section: a bass and chords for drum-only grooves, and a lead line over anything."""

from __future__ import annotations

import numpy as np

from beat_model.material.harmony import Harmony, write_melody
from beat_model.material.midi_render import Track
from beat_model.material.timing import TempoMap

LEAD_PROGRAMS = (0, 4, 11, 22, 24, 25, 26, 27, 29, 30, 40, 41, 42, 52, 53, 54, 56, 57, 60, 64, 65, 66, 68, 71, 73, 74, 75, 78, 80, 81, 82, 85, 87)
BASS_PROGRAMS = (32, 33, 33, 34, 34, 35, 36, 37, 38, 39)
CHORD_PROGRAMS = (0, 1, 4, 5, 7, 16, 17, 18, 24, 25, 26, 27, 28, 29, 30, 48, 50, 51, 52, 61, 62, 63, 81, 88, 89, 90)

BeatNote = tuple[float, float, int, float]  # start beat, length beats, pitch, velocity


def to_track(stem: str, program: int, notes: list[BeatNote], tempo: TempoMap, rng: np.random.Generator, lag: float = 0.0, jitter: float = 0.006) -> Track:
    """Notes in beats -> track in seconds, all `lag` seconds late (negative: pushed) with normal jitter (s)."""
    rows = np.array(notes, np.float64).reshape(-1, 4)
    start = tempo.seconds(rows[:, 0])
    end = tempo.seconds(rows[:, 0] + rows[:, 1])
    moved = start + lag + rng.normal(0, jitter, start.size)
    return Track(stem, program, np.stack([moved, np.maximum(end - start, 0.03), rows[:, 2], rows[:, 3]], axis=1))


def lead_track(rng: np.random.Generator, chords: Harmony, sections: list[tuple[str, int]], beats_per_bar: int, division: int, tempo: TempoMap) -> Track:
    """A lead instrument: syncopated motifs, steadily early or late by up to 30 ms, with jitter."""
    notes = write_melody(rng, chords, sections, beats_per_bar, division, int(rng.integers(64, 80)))
    return to_track("lead", int(rng.choice(LEAD_PROGRAMS)), notes, tempo, rng, float(rng.normal(0.004, 0.014)), float(rng.uniform(0.003, 0.014)))


def bass_notes(rng: np.random.Generator, chords: Harmony, bars: int, beats_per_bar: int, kicks: np.ndarray) -> list[BeatNote]:
    """Bass on the kick drum's hits (beats, float array), or on a fixed figure when there are none."""
    mode = rng.choice(["kick", "eighths", "roots", "kick"])
    notes: list[BeatNote] = []
    for bar in range(bars):
        inside = np.unique(np.round(4 * (kicks[(kicks >= bar * beats_per_bar - 0.1) & (kicks < (bar + 1) * beats_per_bar - 0.1)] - bar * beats_per_bar)) / 4)
        if mode == "eighths":
            starts = np.arange(0, beats_per_bar, 0.5)
        elif mode == "roots" or inside.size == 0:
            starts = np.arange(0, beats_per_bar, 2 if beats_per_bar != 3 else 3)
        else:
            starts = np.maximum(inside, 0)
        ends = np.append(starts[1:], beats_per_bar)
        for start, end in zip(starts, ends, strict=True):
            chord = chords.at(bar, start / beats_per_bar)
            interval = 0 if start == 0 or rng.random() < 0.7 else int(rng.choice([7, 12, 0, chord.tones[1]]))
            pitch = 28 + (chord.root - 4) % 12 + interval
            notes.append((bar * beats_per_bar + float(start), float(min(end - start, 2.0)) * 0.9, pitch, 96 if start == 0 else 84))
    return notes


def chord_notes(rng: np.random.Generator, chords: Harmony, bars: int, beats_per_bar: int) -> list[BeatNote]:
    """Sustained, strummed (eighths), off-beat or arpeggiated chords."""
    mode = rng.choice(["pad", "strum", "offbeat", "arpeggio", "quarters"], p=[0.3, 0.27, 0.1, 0.23, 0.1])
    notes: list[BeatNote] = []
    for bar in range(bars):
        base = bar * beats_per_bar
        steps = {"pad": [0.0], "strum": np.arange(0, beats_per_bar, 0.5), "offbeat": np.arange(0.5, beats_per_bar, 1), "arpeggio": np.arange(0, beats_per_bar, 0.5), "quarters": np.arange(beats_per_bar)}[mode]
        changes = len(chords.bars[min(bar, len(chords.bars) - 1)])
        if mode == "pad" and changes == 2:
            steps = [0.0, beats_per_bar / 2]
        for index, start in enumerate(steps):
            chord = chords.at(bar, float(start) / beats_per_bar)
            voicing = sorted(52 + (chord.root + tone - 52) % 12 for tone in chord.tones[:4])
            if mode == "arpeggio":
                voicing = [voicing[index % len(voicing)] + 12 * (index % 5 == 4)]
            length = {"pad": beats_per_bar / len(steps) * 0.98, "strum": 0.4, "offbeat": 0.3, "arpeggio": 0.7, "quarters": 0.8}[mode]
            accent = 90 if float(start) % 1 == 0 else 74
            notes.extend((base + float(start), length, pitch, accent + rng.normal(0, 5)) for pitch in voicing)
    return notes


def accompany(rng: np.random.Generator, chords: Harmony, bars: int, beats_per_bar: int, tempo: TempoMap, kicks: np.ndarray) -> list[Track]:
    """Bass and chords for a drum groove; kicks in beats."""
    bass = to_track("bass", int(rng.choice(BASS_PROGRAMS)), bass_notes(rng, chords, bars, beats_per_bar, kicks), tempo, rng)
    comp = to_track("other", int(rng.choice(CHORD_PROGRAMS)), chord_notes(rng, chords, bars, beats_per_bar), tempo, rng)
    return [bass, comp]
