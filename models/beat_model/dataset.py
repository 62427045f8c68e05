"""Cached items into training batches: stems mixed, augmented and levelled as the device would hear them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from beat_model import augment
from beat_model.frontend import FPS, agc, compress, expand
from beat_model.material.item import ItemMeta, cache_dir, load_item
from beat_model.network import HEADS
from beat_model.targets import frame_targets

# How often each source is drawn, relative to its hours.
SOURCE_WEIGHT = {"negatives": 0.6, "loops": 0.8, "scores": 0.8, "free_music": 3.0, "free_labelled": 3.0}


@dataclass
class Item:
    meta: ItemMeta
    stems: np.ndarray  # (stems, frames, 64) float16, ln(1 + 1000 m)
    wet: np.ndarray  # (versions, frames, 64) float16
    beats: np.ndarray
    beat_in_bar: np.ndarray

    @property
    def frames(self) -> int:
        return self.stems.shape[1]


def load_items(
    split: str, sources: list[str] | None = None, limit: int | None = None, unlabelled: bool = False
) -> list[Item]:
    """Every cached item of a split that has a label (or is there for a teacher to label), sorted by path."""
    items = []
    wanted = ("exact", "pseudo", "none", *(("unlabelled",) if unlabelled else ()))
    for path in sorted((cache_dir() / "items").glob("*/*.npz")):
        if ".partial" in path.name or (sources and path.parent.name not in sources):
            continue
        meta, arrays = load_item(path)
        if meta.split == split and meta.label in wanted and arrays["stems"].shape[1] > 3 * FPS:
            items.append(Item(meta, **arrays))
        if limit and len(items) >= limit:
            break
    return items


@dataclass
class Clip:
    """A stretch of linear magnitudes with its labels, seconds from the clip's start."""

    magnitude: np.ndarray  # (frames, 64)
    beats: np.ndarray
    beat_in_bar: np.ndarray
    music: np.ndarray  # (frames,)
    known: np.ndarray  # (frames, heads): weight of each target


class ClipMaker:
    """Draws clips: music (stems or finished mix), negatives, splices of both."""

    def __init__(self, items: list[Item], frames: int, seed: int, strength: float = 1.0, lookahead: int = 0):
        self.lookahead = lookahead
        self.rng = np.random.default_rng(seed)
        self.frames, self.strength = frames, strength
        self.music = [item for item in items if item.meta.label != "none"]
        self.negatives = [item for item in items if item.meta.label == "none"]
        self.weights = _weights(self.music)

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features (size, frames, 64), targets and weights (size, frames, heads), float32."""
        clips = [self.clip() for _ in range(size)]
        features = np.stack([compress(agc(clip.magnitude)) for clip in clips])
        targets = np.stack([frame_targets(c.beats, c.beat_in_bar, c.music, self.lookahead) for c in clips])
        return features, targets, np.stack([clip.known for clip in clips])

    def clip(self) -> Clip:
        rng = self.rng
        kind = rng.random()
        if self.negatives and kind < 0.06:
            clip = self.negative(self.frames)
        elif self.negatives and kind < 0.22:
            clip = self.splice()
        else:
            clip = self.song(self.frames)
        clip.magnitude = clip.magnitude * augment.db(rng.uniform(-30, 8))
        return clip

    def song(self, frames: int) -> Clip:
        rng = self.rng
        item = self.music[rng.choice(len(self.music), p=self.weights)]
        factor = float(np.exp(rng.uniform(-0.08, 0.08))) if rng.random() < 0.5 else 1.0
        source = self._mix(item)
        length = int(min(frames, (item.frames - 2) / factor))
        start = rng.uniform(0, max(0.0, item.frames - 2 - length * factor))
        magnitude = augment.resample_time(source, factor, length, start)
        if rng.random() < 0.4:
            magnitude = augment.shift_pitch(magnitude, rng.uniform(-2.5, 2.5))
        times = (item.beats * FPS - start) / factor / FPS
        inside = (times >= 0) & (times < length / FPS)
        known = np.ones((length, len(HEADS)), np.float32)
        if not np.any(item.beat_in_bar == 1):
            known[:, HEADS.index("downbeat")] = 0
        if item.meta.label == "unlabelled":
            known[:, [HEADS.index(head) for head in HEADS if head != "music"]] = 0
        clip = Clip(magnitude, times[inside], item.beat_in_bar[inside], np.ones(length, np.float32), known)
        if length < frames:
            clip = _join(clip, self.song(frames - length) if rng.random() < 0.5 else self.negative(frames - length))
        clip.magnitude = self._dirt(clip.magnitude)
        return clip

    def negative(self, frames: int) -> Clip:
        rng = self.rng
        pieces, total = [], 0
        while total < frames:
            item = self.negatives[rng.integers(len(self.negatives))]
            source = expand(item.stems[rng.integers(len(item.stems))].astype(np.float32))
            take = min(frames - total, len(source))
            start = rng.integers(0, len(source) - take + 1)
            pieces.append(source[start : start + take] * augment.db(rng.uniform(-15, 5)))
            total += take
        magnitude = augment.master(rng, np.concatenate(pieces).astype(np.float32), 0.5)
        none = np.zeros(0)
        return Clip(magnitude, none, none, np.zeros(frames, np.float32), np.ones((frames, len(HEADS)), np.float32))

    def splice(self) -> Clip:
        """Music, then a gap without music (or another piece), then music."""
        rng = self.rng
        first = int(rng.integers(5 * FPS, self.frames - 8 * FPS))
        gap = int(rng.integers(2 * FPS, 10 * FPS))
        rest = max(1, self.frames - first - gap)
        clip = self.song(first)
        clip = _join(clip, self.negative(gap) if rng.random() < 0.75 else _silence(gap))
        clip = _join(clip, self.song(rest))
        return _cut(clip, self.frames)

    def _mix(self, item: Item) -> np.ndarray:
        """Stems at random levels, or a finished mix. Linear magnitudes at RMS of the item."""
        rng = self.rng
        if len(item.wet) and rng.random() < 0.4:
            return expand(item.wet[rng.integers(len(item.wet))].astype(np.float32))
        names = item.meta.stems
        if len(names) == 1:
            return expand(item.stems[0].astype(np.float32))
        total = np.zeros(item.stems.shape[1:], np.float32)
        gone = "drums" in names and rng.random() < 0.22
        for name, stem in zip(names, item.stems, strict=True):
            if gone and name == "drums":
                continue
            if name != "drums" and rng.random() < 0.08:
                continue
            gain = rng.normal(-2.5, 6.5) if name == "drums" else rng.normal(0, 4)
            part = augment.equalise(rng, expand(stem.astype(np.float32)), 4.0) * augment.db(gain)
            if name == "drums" and rng.random() < 0.15:
                part = self._break(part)
            total += part * part
        return np.sqrt(total)

    def _break(self, drums: np.ndarray) -> np.ndarray:
        """Drums rest for 2 to 8 seconds."""
        drums = drums.copy()
        start = self.rng.integers(0, len(drums))
        drums[start : start + self.rng.integers(2 * FPS, 8 * FPS)] = 0
        return drums

    def _dirt(self, magnitude: np.ndarray) -> np.ndarray:
        """What else is in the room: another piece, a crowd, then the chain after the mix."""
        rng, frames = self.rng, len(magnitude)
        level = augment.rms(magnitude)
        if rng.random() < 0.15 * self.strength:
            other = self._other(frames)
            magnitude = augment.add_power(magnitude, other * (level / augment.rms(other) * augment.db(-rng.uniform(6, 20))))
        if self.negatives and rng.random() < 0.35 * self.strength:
            crowd = self.negative(frames).magnitude
            crowd = crowd * (level / max(augment.rms(crowd), 1e-6) * augment.db(-rng.uniform(3, 25)))
            magnitude = augment.add_power(magnitude, crowd)
        return augment.master(rng, magnitude.astype(np.float32), self.strength)

    def _other(self, frames: int) -> np.ndarray:
        item = self.music[self.rng.integers(len(self.music))]
        source = expand(item.stems[self.rng.integers(len(item.stems))].astype(np.float32))
        return np.resize(source, (frames, source.shape[1])) + 1e-7


def _weights(items: list[Item]) -> np.ndarray:
    weight = np.array([SOURCE_WEIGHT.get(i.meta.source, 1.0) * i.frames for i in items], np.float64)
    return weight / weight.sum() if len(items) else weight


def _silence(frames: int) -> Clip:
    none = np.zeros(0)
    magnitude = np.full((frames, 64), 1e-6, np.float32)
    return Clip(magnitude, none, none, np.zeros(frames, np.float32), np.ones((frames, len(HEADS)), np.float32))


def _join(a: Clip, b: Clip) -> Clip:
    shift = len(a.magnitude) / FPS
    return Clip(
        np.concatenate([a.magnitude, b.magnitude]),
        np.concatenate([a.beats, b.beats + shift]),
        np.concatenate([a.beat_in_bar, b.beat_in_bar]),
        np.concatenate([a.music, b.music]),
        np.concatenate([a.known, b.known]),
    )


def _cut(clip: Clip, frames: int) -> Clip:
    inside = clip.beats < frames / FPS
    return Clip(
        clip.magnitude[:frames], clip.beats[inside], clip.beat_in_bar[inside], clip.music[:frames], clip.known[:frames]
    )


def recordings(folder: Path) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Real or rendered clips for development: (name, features (frames, 64), beats, beat_in_bar), cached as .npy."""
    from beat_model.recordings import features_of

    found = []
    for labels in sorted(folder.glob("*.beats")):
        rows = np.loadtxt(labels, ndmin=2)
        audio = next((p for p in sorted(folder.glob(labels.stem + ".*")) if p.suffix in (".opus", ".flac", ".wav", ".ogg")), None)
        if audio is not None and len(rows):
            found.append((labels.stem, features_of(audio), rows[:, 0], rows[:, 1].astype(int)))
    return found
