"""The last step of every source: one level for all items, wet versions, the network's item, and listening clips of dev items."""

from __future__ import annotations

import numpy as np
import soundfile
from scipy.signal import resample_poly

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.item import ItemMeta, cache_dir, save_item

TARGET_RMS = 0.1
CLIP_S = 40.0


def to_mono_22k(samples: np.ndarray, rate: int) -> np.ndarray:
    """(n,) or (n, channels) at `rate` -> mono float32 at 22 050 Hz."""
    if samples.ndim == 2:
        samples = samples.mean(axis=1)
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        samples = resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor)
    return np.asarray(samples, np.float32)


def change_speed(samples: np.ndarray, speed: float) -> tuple[np.ndarray, float]:
    """Resample so that the sound runs `speed` times faster (pitch moves along).

    Returns the samples and the exact speed, a ratio of small integers near the wish: times divide by that.
    """
    up = max(1, round(200 / speed))
    if up == 200:
        return samples, 1.0
    return resample_poly(samples, up, 200).astype(np.float32), 200 / up


def level(stems: dict[str, np.ndarray], target: float = TARGET_RMS) -> dict[str, np.ndarray]:
    """One factor for all stems so that their sum has the target RMS."""
    total = np.sum(list(stems.values()), axis=0)
    rms = float(np.sqrt(np.mean(np.square(total, dtype=np.float64))))
    factor = target / rms if rms > 1e-6 else 1.0
    return {name: (stem * factor).astype(np.float32) for name, stem in stems.items()}


def cut_beats(beats: np.ndarray, beat_in_bar: np.ndarray, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Beats inside [start, end), in seconds from start."""
    keep = (beats >= start) & (beats < end)
    return beats[keep] - start, beat_in_bar[keep]


def median_bpm(beats: np.ndarray) -> float:
    return float(60.0 / np.median(np.diff(beats))) if beats.size > 2 else 0.0


def export(
    meta: ItemMeta,
    stems: dict[str, np.ndarray],
    beats: np.ndarray,
    beat_in_bar: np.ndarray,
    rng: np.random.Generator | None = None,
    wet_count: int = 0,
) -> None:
    """Level the stems, add `wet_count` finished mixes, save; dev items with beats also become a FLAC with .beats."""
    beats = np.asarray(beats, np.float64)
    stems = level(stems)
    if beats.size:
        meta.bpm = round(median_bpm(beats), 2)
    save_item(meta, stems, beats, beat_in_bar, _wet(stems, rng, wet_count))
    if meta.split == "dev" and meta.label == "exact":
        write_clip(meta, np.sum(list(stems.values()), axis=0), beats, beat_in_bar)


def write_clip(meta: ItemMeta, mix: np.ndarray, beats: np.ndarray, beat_in_bar: np.ndarray) -> None:
    """First 40 s as FLAC with `time<TAB>beatInBar` lines, for scoring the whole tracker."""
    folder = cache_dir() / "rendered-dev"
    folder.mkdir(parents=True, exist_ok=True)
    count = min(mix.size, int(CLIP_S * SAMPLE_RATE))
    clip = mix[:count]
    clip = clip * min(1.0, 0.98 / max(1e-9, float(np.abs(clip).max())))
    soundfile.write(folder / f"{meta.source}-{meta.name}.flac", clip, SAMPLE_RATE, subtype="PCM_16")
    lines = [f"{time:.4f}\t{place}" for time, place in zip(beats, beat_in_bar, strict=True) if time < count / SAMPLE_RATE]
    (folder / f"{meta.source}-{meta.name}.beats").write_text("\n".join(lines) + "\n")


def _wet(stems: dict[str, np.ndarray], rng: np.random.Generator | None, count: int) -> list[np.ndarray] | None:
    if rng is None or count == 0:
        return None
    from beat_model.material.wet import wet_mix  # imported late: rooms are slow to load

    return [wet_mix(rng, stems) for _ in range(count)]
