"""Activations of a produced track into exact beats: one tempo and phase that hold over the whole excerpt.

Most free game music was made to a sequencer's constant tempo. A constant grid fitted to a minute of activations is
right where single activations are not, which is what makes it worth learning from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beat_model.frontend import FPS
from beat_model.targets import LATENCY_FRAMES

SLOWEST, FASTEST = 58.0, 200.0
# Faster fits are doubtful: people often tap them at half the speed.
BELIEVED_BELOW = 160.0
COMFORTABLE = 112.0  # bpm: the middle of where people tap


@dataclass
class Fit:
    bpm: float
    beats: np.ndarray  # seconds
    beat_in_bar: np.ndarray  # 0 where the bar is not clear
    on: float  # mean activation on the grid
    off: float  # mean activation half-way between
    held: float  # share of 10 s windows whose own best phase agrees within 40 ms


def _sampled(activation: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Largest value within one frame of each position, zero outside."""
    index = np.round(frames).astype(int)
    padded = np.pad(activation, 2)
    inside = (index >= 0) & (index < len(activation))
    index = np.where(inside, index, 0) + 2
    return np.where(inside, np.maximum.reduce([padded[index - 1], padded[index], padded[index + 1]]), 0.0)


def _spectrum(activation: np.ndarray, bpm: np.ndarray) -> np.ndarray:
    """Complex strength of each tempo."""
    t = np.arange(len(activation)) / FPS
    return np.exp(-2j * np.pi * np.outer(bpm / 60, t)) @ (activation - activation.mean())


def _candidates(activation: np.ndarray, count: int = 6) -> list[float]:
    bpm = np.exp(np.arange(np.log(SLOWEST), np.log(FASTEST), 0.0008))
    strength = np.abs(_spectrum(activation, bpm)) + 0.5 * np.abs(_spectrum(activation, 2 * bpm))
    picked: list[float] = []
    for i in np.argsort(-strength):
        if all(abs(bpm[i] / other - 1) > 0.02 for other in picked):
            picked.append(float(bpm[i]))
        if len(picked) == count:
            break
    return picked


def _phase_curve(activation: np.ndarray, period: float) -> np.ndarray:
    """Mean activation on the grid for each phase, in steps of half a frame."""
    phases = np.arange(0, period, 0.5)
    steps = np.arange(int(len(activation) / period) + 1)
    return np.array([_sampled(activation, phase + steps * period).mean() for phase in phases])


def _fit_one(activation: np.ndarray, bpm: float) -> tuple[float, float, float, float]:
    """Refine tempo and phase -> (period frames, phase frames, on, off)."""
    best = (0.0, 0.0, 0.0, 0.0)
    for scale in np.linspace(0.9985, 1.0015, 7):
        period = 60 * FPS / (bpm * scale)
        curve = _phase_curve(activation, period)
        at = int(np.argmax(curve))
        if curve[at] > best[2]:
            best = (period, at * 0.5, float(curve[at]), float(curve[(at + len(curve) // 2) % len(curve)]))
    return best


def _held(activation: np.ndarray, period: float, phase: float) -> float:
    window, agree, total = int(10 * FPS), 0, 0
    for start in range(0, len(activation) - window + 1, window):
        curve = _phase_curve(activation[start : start + window], period)
        if curve.max() < 0.15:
            continue
        shift = (np.argmax(curve) * 0.5 + start - phase) % period
        agree += min(shift, period - shift) <= 2
        total += 1
    return agree / max(total, 1)


def _bar(downbeat: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Number of each beat where one bar length and phase stand out, else zeros."""
    strength = _sampled(downbeat, positions)
    means = {(m, p): strength[p::m].mean() for m in (3, 4) for p in range(m)}
    (metre, phase), top = max(means.items(), key=lambda pair: pair[1])
    rest = max(value for (m, p), value in means.items() if m == metre and p != phase)
    if top < 0.25 or rest > 0.55 * top:
        return np.zeros(len(positions), int)
    return (np.arange(len(positions)) - phase) % metre + 1


def fit(beat: np.ndarray, downbeat: np.ndarray) -> Fit | None:
    """Activations (frames,) of an excerpt -> its grid, or None when no single tempo stands out."""
    best, best_score = None, 0.0
    for bpm in _candidates(beat):
        period, phase, on, off = _fit_one(beat, bpm)
        comfort = np.exp(-0.5 * (np.log2(bpm / COMFORTABLE) / 0.7) ** 2)
        score = (on - 0.7 * off) * comfort
        if period and score > best_score:
            best, best_score = (period, phase, on, off), score
    if best is None:
        return None
    period, phase, on, off = best
    positions = np.arange(phase, len(beat), period)
    times = (positions - LATENCY_FRAMES) / FPS
    keep = times >= 0
    numbers = _bar(downbeat, positions)
    return Fit(60 * FPS / period, times[keep], numbers[keep], on, off, _held(beat, period, phase))


def trustworthy(found: Fit) -> bool:
    clear = found.on > 0.45 and found.off < 0.45 * found.on
    return clear and found.held >= 0.8 and found.bpm < BELIEVED_BELOW
