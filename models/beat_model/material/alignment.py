"""Checks that labels sit on the sound: onset lag and contrast, measured on finer frames than the network sees.

Used to accept or drop items of material found in the wild. Never used to move a label: symbolic truth wins,
and music with off-beat accents (ska) is allowed to fail a contrast that is only a hint.
"""

from __future__ import annotations

import numpy as np

from beat_model.frontend import SAMPLE_RATE

STEP = 64  # samples: 2.9 ms
WINDOW = 256  # samples: 11.6 ms
SEARCH_S = 0.06


def onset_strength(samples: np.ndarray, low_hz: float = 0.0, high_hz: float = 11025.0) -> np.ndarray:
    """Mono samples at 22 050 Hz -> half-wave rectified log-spectral flux, one value each 64 samples.

    Value k speaks about the energy that newly enters the window ending at sample 64 k + 256; the time of an
    onset is therefore best read as `peak_time`.
    """
    samples = np.asarray(samples, np.float32)
    if samples.size < WINDOW + STEP:
        return np.zeros(0, np.float32)
    view = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP]
    hann = np.hanning(WINDOW).astype(np.float32)
    freqs = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    keep = (freqs >= low_hz) & (freqs <= high_hz)
    flux = np.empty(view.shape[0], np.float32)
    last = np.zeros(int(keep.sum()), np.float32)
    for start in range(0, view.shape[0], 8192):
        spectrum = np.log1p(30.0 * np.abs(np.fft.rfft(view[start : start + 8192] * hann, axis=1)[:, keep])).astype(np.float32)
        # Differences over two steps: steadier than one at this short hop.
        rise = np.diff(np.concatenate([last[None], spectrum]), axis=0)
        flux[start : start + rise.shape[0]] = np.maximum(rise, 0).sum(axis=1)
        last = spectrum[-1]
    flux[0] = 0.0
    return np.convolve(flux, np.ones(3, np.float32) / 3, "same")


def frame_times(count: int) -> np.ndarray:
    """Seconds of an attack that makes frame k peak: measured on clicks, about the middle of the window."""
    return (np.arange(count) * STEP + WINDOW * 0.5) / SAMPLE_RATE


def lags(strength: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Offset in seconds of the strongest onset within 60 ms of each beat (positive = sound after label).

    Only beats with a clear onset count; the rest say nothing about alignment.
    """
    times = frame_times(strength.size)
    floor = np.percentile(strength, 90) if strength.size else 0.0
    found = []
    for beat in beats:
        low, high = np.searchsorted(times, [beat - SEARCH_S, beat + SEARCH_S])
        if high - low < 4 or strength[low:high].max() <= floor:
            continue
        found.append(times[low + int(np.argmax(strength[low:high]))] - beat)
    return np.array(found)


def strength_at(strength: np.ndarray, points: np.ndarray, reach_s: float = 0.03) -> np.ndarray:
    """Largest onset strength within reach_s of each point."""
    times = frame_times(strength.size)
    out = []
    for point in points:
        low, high = np.searchsorted(times, [point - reach_s, point + reach_s])
        out.append(float(strength[low:high].max()) if high > low else 0.0)
    return np.array(out)


def contrast(strength: np.ndarray, beats: np.ndarray) -> float:
    """Mean onset strength at beats over that halfway between them."""
    if beats.size < 4:
        return 0.0
    middles = (beats[1:] + beats[:-1]) / 2
    return float(strength_at(strength, beats).mean() / (strength_at(strength, middles).mean() + 1e-9))


def measure(samples: np.ndarray, beats: np.ndarray) -> dict[str, float]:
    """Figures of one item: median lag in ms, share of beats with an onset, full-band and low-band contrast."""
    strength = onset_strength(samples)
    offsets = lags(strength, beats)
    low = onset_strength(samples, 0.0, 200.0)
    return {
        "lag_ms": float(np.median(offsets) * 1000) if offsets.size else float("nan"),
        "with_onset": offsets.size / max(1, beats.size),
        "contrast": contrast(strength, beats),
        "low_contrast": contrast(low, beats),
    }
