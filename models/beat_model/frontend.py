"""Samples into log-mel feature frames: the definition that `device/src/frontend` reproduces.

Frame t is computed from the 1024 samples that end just before sample 441 (t + 1): no centring, no
reflection, zeros before the first sample. A frame is therefore known 20 ms (t + 1 hops) into the stream.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

SAMPLE_RATE = 22050
HOP = 441
WINDOW = 1024
FPS = SAMPLE_RATE / HOP  # 50
BANDS = 64
LOW_HZ, HIGH_HZ = 30.0, 10000.0
MIN_WIDTH_BINS = 2.2
LOG_SCALE = 1000.0

# Automatic gain control, on the mean square of the mel magnitudes.
AGC_TAU_FRAMES = 200.0  # 4 s
AGC_TARGET = 0.01
AGC_FLOOR = 2e-5


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    return 2595.0 * np.log10(1.0 + np.asarray(hz, dtype=np.float64) / 700.0)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return 700.0 * (10.0 ** (np.asarray(mel, dtype=np.float64) / 2595.0) - 1.0)


def mel_filterbank() -> np.ndarray:
    """Triangular filters, each with unit sum. Shape (BANDS, WINDOW // 2 + 1), float64."""
    edges = _mel_to_hz(np.linspace(_hz_to_mel(LOW_HZ), _hz_to_mel(HIGH_HZ), BANDS + 2))
    bins = edges * WINDOW / SAMPLE_RATE
    k = np.arange(WINDOW // 2 + 1)
    bank = np.zeros((BANDS, k.size))
    for band in range(BANDS):
        centre = bins[band + 1]
        left = min(bins[band], centre - MIN_WIDTH_BINS / 2)
        right = max(bins[band + 2], centre + MIN_WIDTH_BINS / 2)
        rise = (k - left) / (centre - left)
        fall = (right - k) / (right - centre)
        bank[band] = np.maximum(0.0, np.minimum(rise, fall))
    return bank / bank.sum(axis=1, keepdims=True)


_BANK = mel_filterbank().astype(np.float32)
_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def mel_magnitude(samples: np.ndarray) -> np.ndarray:
    """Mono samples at 22 050 Hz, full scale 1.0 -> linear mel magnitudes (frames, 64), float32.

    A full-scale sine on the centre of a narrow band gives about 0.5 times its filter peak.
    """
    samples = np.asarray(samples, dtype=np.float32)
    frames = samples.size // HOP
    if frames == 0:
        return np.zeros((0, BANDS), dtype=np.float32)
    padded = np.concatenate([np.zeros(WINDOW - HOP, dtype=np.float32), samples])
    out = np.empty((frames, BANDS), dtype=np.float32)
    view = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    for start in range(0, frames, 2048):
        block = view[start : min(frames, start + 2048)] * _HANN
        spectrum = np.abs(np.fft.rfft(block, axis=1)).astype(np.float32) / (WINDOW / 2)
        out[start : start + block.shape[0]] = spectrum @ _BANK.T
    return out


def compress(magnitude: np.ndarray) -> np.ndarray:
    """Mel magnitudes -> ln(1 + 1000 m), any shape."""
    return np.log1p(LOG_SCALE * magnitude)


def expand(log_magnitude: np.ndarray) -> np.ndarray:
    """Inverse of compress()."""
    return np.expm1(log_magnitude) / LOG_SCALE


def agc(magnitude: np.ndarray) -> np.ndarray:
    """Causal level control: mel magnitudes (frames, 64) -> the same at a nominal level.

    The power average is a bias-corrected leaky mean (time constant 4 s, the plain mean at the start) and
    the floor keeps silence silent: quieter than the floor, the gain no longer rises.
    """
    power = np.mean(np.square(magnitude, dtype=np.float64), axis=-1)
    keep = np.exp(-1.0 / AGC_TAU_FRAMES)
    mean = lfilter([1 - keep], [1, -keep], power, axis=-1)
    weight = 1.0 - keep ** np.arange(1, power.shape[-1] + 1)
    gain = AGC_TARGET / np.sqrt(mean / weight + AGC_FLOOR**2)
    return (magnitude * gain[..., None]).astype(np.float32)


def features(samples: np.ndarray) -> np.ndarray:
    """Mono samples at 22 050 Hz -> what the network sees, (frames, 64) float32."""
    return compress(agc(mel_magnitude(samples)))
