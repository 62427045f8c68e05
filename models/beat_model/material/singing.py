"""A voice-like lead: glottal source with vibrato and glides, vowels by formants, consonants as bursts of noise.

Real music is full of singing, whose onsets are soft, late or early, and do not follow the beat closely.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.midi_render import Track

# Formant centres, Hz, of a medium voice: a, e, i, o, u.
VOWELS = ((800, 1150, 2900), (400, 1900, 2600), (300, 2250, 3000), (450, 800, 2830), (325, 700, 2700))


def _glide(times: np.ndarray, values: np.ndarray, count: int, seconds: float) -> np.ndarray:
    """A step function of time, smoothed by a one-pole with the given time constant. Shape (count,)."""
    index = np.searchsorted(times, np.arange(count) / SAMPLE_RATE, side="right") - 1
    steps = values[np.clip(index, 0, values.size - 1)]
    keep = np.exp(-1 / (seconds * SAMPLE_RATE))
    return lfilter([1 - keep], [1, -keep], steps, zi=[keep * steps[0]])[0]


def _pitch(rng: np.random.Generator, notes: np.ndarray, count: int) -> np.ndarray:
    """Fundamental in Hz at every sample: glides between notes, vibrato, and an unsteady hand. Scoops start below."""
    semitones = _glide(notes[:, 0], notes[:, 2], count, rng.uniform(0.015, 0.06))
    t = np.arange(count) / SAMPLE_RATE
    depth = rng.uniform(0.05, 0.5)
    semitones = semitones + depth * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * t) * (0.5 + 0.5 * np.sin(2 * np.pi * 0.31 * t))
    wander = np.interp(t, np.arange(0, t[-1] + 1, 0.25), rng.normal(0, 0.12, int((t[-1] + 1) / 0.25) + 1)[: np.arange(0, t[-1] + 1, 0.25).size])
    return 440 * 2 ** ((semitones + wander - 69) / 12)


def _source(rng: np.random.Generator, frequency: np.ndarray) -> np.ndarray:
    """Saw softened to a glottal slope, with breath noise."""
    phase = np.cumsum(frequency / SAMPLE_RATE) % 1.0
    dull = rng.uniform(0.75, 0.93)
    voice = lfilter([1 - dull], [1, -dull], 2 * phase - 1)
    return voice + rng.uniform(0.01, 0.08) * rng.standard_normal(frequency.size)


def _vowel(samples: np.ndarray, formants: tuple[int, ...], size: float) -> np.ndarray:
    out = np.zeros(samples.size)
    for centre, gain, width in zip(formants, (1.0, 0.5, 0.25), (90, 120, 180), strict=True):
        centre = centre * size
        low, high = centre - width, min(centre + width, 10000)
        out += gain * sosfilt(butter(1, [low, high], "bandpass", fs=SAMPLE_RATE, output="sos"), samples)
    return out


def _loudness(rng: np.random.Generator, notes: np.ndarray, count: int) -> np.ndarray:
    """Syllable envelope: soft attacks of 15-70 ms, dips between syllables, silence in rests."""
    out = np.zeros(count)
    attack = rng.uniform(0.015, 0.07)
    for start, length, _, velocity in notes:
        begin, end = int(start * SAMPLE_RATE), min(count, int((start + length) * SAMPLE_RATE))
        if begin < 0 or end - begin < 64:
            continue
        t = np.arange(end - begin) / SAMPLE_RATE
        shape = np.minimum(1, t / attack) * np.minimum(1, (t[-1] - t) / min(0.06, 0.4 * length) + 0.02)
        out[begin:end] = np.maximum(out[begin:end], shape * (velocity / 100))
    return out


def _consonants(rng: np.random.Generator, notes: np.ndarray, count: int) -> np.ndarray:
    """Bursts just before the vowels: singers put the vowel, not the consonant, on the note."""
    out = np.zeros(count)
    for start, _, _, velocity in notes:
        if rng.random() < 0.35:
            continue
        length = rng.uniform(0.015, 0.09)
        begin = int((start - length * rng.uniform(0.6, 1.0)) * SAMPLE_RATE)
        size = int(length * SAMPLE_RATE)
        if begin < 0 or begin + size >= count:
            continue
        burst = rng.standard_normal(size) * np.hanning(size)
        previous = burst[:-1] * rng.uniform(0.3, 0.95)
        burst[1:] -= previous  # brighter: s, t; duller: f, h
        out[begin : begin + size] += burst * rng.uniform(0.02, 0.2) * velocity / 100
    return out


def sing(rng: np.random.Generator, track: Track, duration: float) -> np.ndarray:
    """A monophonic track sung -> mono samples (duration x 22 050)."""
    count = int(duration * SAMPLE_RATE)
    notes = track.notes[np.argsort(track.notes[:, 0])]
    if notes.shape[0] == 0:
        return np.zeros(count, np.float32)
    size = rng.uniform(0.88, 1.22)  # length of the vocal tract
    source = _source(rng, _pitch(rng, notes, count))
    choice = rng.integers(0, len(VOWELS), notes.shape[0])
    out = np.zeros(count)
    for vowel in np.unique(choice):
        weight = _glide(notes[:, 0], (choice == vowel).astype(float), count, 0.025)
        out += weight * _vowel(source, VOWELS[vowel], size)
    voiced = out * _loudness(rng, notes, count)
    level = np.sqrt(np.mean(voiced**2)) + 1e-9
    return (voiced * 0.05 / level + 0.25 * _consonants(rng, notes, count)).astype(np.float32)


def phrase(rng: np.random.Generator, track: Track) -> Track:
    """Make a line singable: a man's or woman's register, no overlaps, loose and mostly late syllables."""
    notes = track.notes[np.argsort(track.notes[:, 0])].copy()
    if notes.shape[0] == 0:
        return track
    register = rng.choice([52, 57, 62, 67])
    notes[:, 2] += 12 * np.round((register - np.median(notes[:, 2])) / 12)
    notes[:, 0] += rng.normal(0.012, 0.02) + rng.normal(0, rng.uniform(0.008, 0.03), notes.shape[0])
    notes = notes[np.argsort(notes[:, 0])]
    gap = np.diff(notes[:, 0], append=notes[-1, 0] + 2)
    notes[:, 1] = np.clip(np.minimum(np.maximum(notes[:, 1], 0.12), gap), 0.05, 4)
    return Track("lead", track.program, notes, name="voice")
