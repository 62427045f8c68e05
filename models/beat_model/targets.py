"""Beats in seconds into per-frame targets."""

from __future__ import annotations

import numpy as np

from beat_model.frontend import FPS
from beat_model.network import HEADS

# A beat at b seconds is first fully visible about half a frame later (Hann tail), at frame 50 b + 0.5.
LATENCY_FRAMES = 0.5
HALF_WIDTH = 1.6  # frames over which a soft target falls to zero
AHEAD_FRAMES = {"beat_in_100ms": 5, "beat_in_200ms": 10}


def _soft(times: np.ndarray, frames: int, shift: float) -> np.ndarray:
    """Triangles around each time: sub-frame position is kept in the ratio of neighbours. (frames,)"""
    target = np.zeros(frames, np.float32)
    centres = times * FPS + LATENCY_FRAMES - shift
    for offset in (-2, -1, 0, 1, 2):
        frame = np.round(centres).astype(int) + offset
        value = np.maximum(0.0, 1.0 - np.abs(frame - centres) / HALF_WIDTH)
        valid = (frame >= 0) & (frame < frames)
        np.maximum.at(target, frame[valid], value[valid].astype(np.float32))
    return target


def frame_targets(beats: np.ndarray, beat_in_bar: np.ndarray, music: np.ndarray, lookahead: int = 0) -> np.ndarray:
    """Beats (n,) s, their numbers (n,), music per frame (frames,) -> targets (frames, heads).

    `lookahead`: frames that the network hears past a beat before it has to say so.
    """
    frames = len(music)
    out = np.zeros((frames, len(HEADS)), np.float32)
    for column, head in enumerate(HEADS):
        if head == "music":
            out[:, column] = music
            continue
        chosen = beats[beat_in_bar == 1] if head == "downbeat" else beats
        out[:, column] = _soft(chosen, frames, AHEAD_FRAMES.get(head, -lookahead))
    return out
