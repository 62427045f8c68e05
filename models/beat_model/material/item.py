"""One training item on disk: log-mel stems, a finished "wet" mix, exact beats, and where they came from."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from beat_model.frontend import compress, mel_magnitude


def cache_dir() -> Path:
    """Where rendered material lives: $TACTUS_CACHE, else ~/.cache/tactus."""
    return Path(os.environ.get("TACTUS_CACHE", Path.home() / ".cache" / "tactus"))


def rng_for(seed: int, source: str, name: str) -> np.random.Generator:
    """A generator that depends only on the three arguments, so that any item can be remade alone."""
    digest = hashlib.sha256(f"{seed}/{source}/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


@dataclass
class ItemMeta:
    source: str  # "mma", "procedural", "modules", ...
    name: str  # unique within the source, safe as a file name
    group: str  # what must not be split between train and dev: groove file, song, loop pack
    split: str  # "train" | "dev"
    licence: str
    label: str  # "exact" | "pseudo" | "none" (negatives: no beats at all) | "unlabelled"
    genre: str = "unknown"
    bpm: float = 0.0  # median over the item, 0 when there are no beats
    beats_per_bar: int = 0  # 0 = unknown
    seed: int = 0
    stems: list[str] = field(default_factory=list)  # names, in the order of the array: "drums", "bass", "other", "lead", "mix"
    notes: str = ""


def item_path(source: str, name: str) -> Path:
    return cache_dir() / "items" / source / f"{name}.npz"


def save_item(
    meta: ItemMeta,
    stems: dict[str, np.ndarray],
    beats: np.ndarray,
    beat_in_bar: np.ndarray,
    wet: list[np.ndarray] | None = None,
) -> Path:
    """Write an item atomically.

    stems: name -> mono float samples at 22 050 Hz, all of one length, at their level in the mix; the sum
        should have an RMS near 0.1 (the caller scales all stems by one factor).
    beats: seconds (n,), beat_in_bar: 1 = downbeat, 0 = unknown (n,).
    wet: finished mixes of the same music (room, compression, noise, codec), same length and beats.
    """
    meta.stems = list(stems)
    path = item_path(meta.source, meta.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        "stems": np.stack([compress(mel_magnitude(s)) for s in stems.values()]).astype(np.float16),  # (stems, frames, 64)
        "wet": np.stack([compress(mel_magnitude(w)) for w in wet]).astype(np.float16)
        if wet
        else np.zeros((0, 0, 64), np.float16),
        "beats": np.asarray(beats, np.float64),
        "beat_in_bar": np.asarray(beat_in_bar, np.int8),
        "meta": np.frombuffer(json.dumps(asdict(meta)).encode(), np.uint8),
    }
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    os.replace(partial, path)
    return path


def load_item(path: Path) -> tuple[ItemMeta, dict[str, np.ndarray]]:
    with np.load(path) as data:
        arrays = {key: data[key] for key in ("stems", "wet", "beats", "beat_in_bar")}
        meta = ItemMeta(**json.loads(data["meta"].tobytes()))
    return meta, arrays


def replace_labels(
    meta: ItemMeta, arrays: dict[str, np.ndarray], source: str, beats: np.ndarray, beat_in_bar: np.ndarray, bpm: float
) -> Path:
    """Write an unlabelled item again, under another source, with beats that a model found."""
    meta.notes = f"{meta.notes} labelled by a constant-tempo fit".strip()
    meta.label, meta.source, meta.bpm = "pseudo", source, float(bpm)
    meta.beats_per_bar = int(beat_in_bar.max(initial=0))
    path = item_path(source, meta.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    labelled = {
        **arrays,
        "beats": np.asarray(beats, np.float64),
        "beat_in_bar": np.asarray(beat_in_bar, np.int8),
        "meta": np.frombuffer(json.dumps(asdict(meta)).encode(), np.uint8),
    }
    np.savez(partial, **labelled)
    os.replace(partial, path)
    return path
