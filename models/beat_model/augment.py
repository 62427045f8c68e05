"""Augmentation of linear mel magnitudes (frames, 64): cheap stand-ins for rooms, desks, crowds and bad sources.

Each function takes a generator and returns a new array or changes the given one; nothing here moves a beat except
`resample_time`, whose factor the caller applies to the labels.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from beat_model.frontend import BANDS, FPS

BAND = np.linspace(0.0, 1.0, BANDS, dtype=np.float32)


def db(value: float | np.ndarray) -> float | np.ndarray:
    return 10.0 ** (np.asarray(value) / 20.0)


def add_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sum of two independent signals, as magnitudes."""
    return np.sqrt(a * a + b * b)


def rms(magnitude: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(magnitude)) + 1e-12))


def resample_time(magnitude: np.ndarray, factor: float, frames: int, start: float) -> np.ndarray:
    """Read `frames` frames from `start` at `factor` times the speed, by linear interpolation along time."""
    position = start + np.arange(frames, dtype=np.float32) * factor
    index = np.clip(position.astype(int), 0, len(magnitude) - 2)
    share = np.clip(position - index, 0, 1)[:, None].astype(np.float32)
    return magnitude[index] * (1 - share) + magnitude[index + 1] * share


def shift_pitch(magnitude: np.ndarray, bands: float) -> np.ndarray:
    """Move the spectrum by a fraction of bands."""
    position = np.clip(np.arange(BANDS) - bands, 0, BANDS - 1)
    index = np.minimum(position.astype(int), BANDS - 2)
    share = (position - index).astype(np.float32)
    return magnitude[:, index] * (1 - share) + magnitude[:, index + 1] * share


def equalise(rng: np.random.Generator, magnitude: np.ndarray, strength_db: float = 6.0) -> np.ndarray:
    """Smooth six-knot equaliser and a tilt."""
    knots = rng.normal(0, strength_db * 0.5, 6)
    curve = np.interp(BAND, np.linspace(0, 1, 6), knots) + rng.normal(0, strength_db * 0.5) * (BAND - 0.5) * 2
    return magnitude * db(curve).astype(np.float32)


def band_limit(rng: np.random.Generator, magnitude: np.ndarray) -> np.ndarray:
    """A small loudspeaker, a wall between, or a cheap microphone: edges 6 to 40 dB down."""
    low, high = (rng.uniform(0, 0.25), 1.0) if rng.random() < 0.5 else (0.0, rng.uniform(0.45, 0.95))
    slope = rng.uniform(60, 250)
    outside = np.maximum(low - BAND, 0) + np.maximum(BAND - high, 0)
    return magnitude * db(-np.minimum(outside * slope, rng.uniform(6, 40))).astype(np.float32)


def reverberate(rng: np.random.Generator, magnitude: np.ndarray) -> np.ndarray:
    """Late reverberation: energy that decays exponentially, longer at low frequencies."""
    rt60 = rng.uniform(0.25, 2.2)
    level = db(rng.uniform(-16, 1))
    power = magnitude * magnitude
    out = power.copy()
    for group in np.array_split(np.arange(BANDS), 4):
        seconds = rt60 * (1.2 - 0.7 * group.mean() / BANDS)
        keep = 10.0 ** (-6.0 / (seconds * FPS))
        tail = lfilter([0, 1 - keep], [1, -keep], power[:, group], axis=0)
        out[:, group] += (level**2) * tail * 2
    return np.sqrt(np.maximum(out, 0)).astype(np.float32)


def squash(rng: np.random.Generator, magnitude: np.ndarray) -> np.ndarray:
    """Bus compression: the gain follows the level with a time constant of 40 to 400 ms."""
    power = np.mean(np.square(magnitude), axis=1)
    keep = np.exp(-1.0 / (FPS * rng.uniform(0.04, 0.4)))
    envelope = np.sqrt(lfilter([1 - keep], [1, -keep], power) + 1e-10)
    exponent = rng.uniform(0.1, 0.7)
    return magnitude * ((envelope / (envelope.mean() + 1e-9)) ** -exponent)[:, None].astype(np.float32)


def noise_floor(rng: np.random.Generator, magnitude: np.ndarray) -> np.ndarray:
    """Steady coloured noise, 10 to 45 dB below the music."""
    spectrum = db(rng.uniform(-25, 5) * BAND + np.interp(BAND, np.linspace(0, 1, 5), rng.normal(0, 4, 5)))
    noise = rng.gamma(4.0, 0.25, magnitude.shape).astype(np.float32) * spectrum.astype(np.float32)
    return add_power(magnitude, noise * (rms(magnitude) / rms(noise) * db(-rng.uniform(10, 45))))


def duck(rng: np.random.Generator, magnitude: np.ndarray) -> np.ndarray:
    """Slow changes of level: a fader, a performer who turns away."""
    points = rng.integers(2, 7)
    curve = np.interp(np.arange(len(magnitude)), np.linspace(0, len(magnitude), points), rng.normal(0, 4, points))
    return magnitude * db(curve)[:, None].astype(np.float32)


def master(rng: np.random.Generator, magnitude: np.ndarray, strength: float) -> np.ndarray:
    """The chain after the mix, each link with some probability; strength 0…1 scales how often."""
    for chance, effect in (
        (0.35, squash),
        (0.7, equalise),
        (0.4, reverberate),
        (0.2, band_limit),
        (0.2, duck),
        (0.5, noise_floor),
    ):
        if rng.random() < chance * strength:
            magnitude = effect(rng, magnitude)
    return magnitude
