"""Audio files into features, through ffmpeg, with a cache."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import numpy as np

from beat_model.frontend import SAMPLE_RATE, features
from beat_model.material.item import cache_dir


def decode(path: Path) -> np.ndarray:
    """Any audio file -> mono float32 samples at 22 050 Hz."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-"]
    return np.frombuffer(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, np.float32)


def features_of(path: Path) -> np.ndarray:
    """Features (frames, 64) of a file, computed once per content."""
    key = hashlib.sha256(path.read_bytes()).hexdigest()[:24]
    cached = cache_dir() / "features" / f"{key}.npy"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        np.save(cached, features(decode(path)))
    return np.load(cached)
