"""Items with no beat at all: silence, hum, noise, speech, applause, crowds, drones, tuning up.

`negative_clip` gives the same sounds to other sources, to follow or to lie under music.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material import speech, venue_sounds
from beat_model.material.item import ItemMeta, rng_for, save_item

SOURCE = "negatives"
ITEM_S = 45.0
LOUD_RMS = 0.1


def tuning(rng: np.random.Generator, n: int) -> np.ndarray:
    """Players before a concert: long tones round A and idle notes, each at a time of its own."""
    from beat_model.material.midi_render import Track, draw_font, render_tracks

    seconds, tracks = n / SR, []
    for _ in range(int(rng.integers(1, 6))):
        program = int(rng.choice([40, 41, 42, 48, 56, 57, 60, 65, 68, 71, 73, 25, 27, 0]))
        starts = venue_sounds.irregular(rng, seconds, rng.uniform(0.6, 4.0), 1.0)
        pitches = np.where(rng.random(starts.size) < 0.6, 69 - 12 * rng.integers(0, 3, starts.size), rng.integers(45, 84, starts.size))
        notes = np.stack([starts, rng.gamma(2, 0.8, starts.size), pitches, rng.integers(30, 100, starts.size)], axis=1)
        tracks.append(Track("other", program, notes[starts >= 0]))
    heard = sum(render_tracks(tracks, draw_font(rng, "train"), seconds).values())
    heard = np.pad(heard, (0, max(0, n - heard.size)))[:n]
    return venue_sounds.room(rng, venue_sounds.unit(heard)) + rng.uniform(0.01, 0.2) * venue_sounds.coloured(rng, n, 1.2)


def interval(rng: np.random.Generator, n: int) -> np.ndarray:
    """A room between two sets: talk, glasses, steps, ventilation together."""
    parts = (speech.babble, venue_sounds.cutlery, venue_sounds.footsteps, venue_sounds.ventilation)
    return sum(rng.uniform(0.1, 1.0) * venue_sounds.unit(part(rng, n)) for part in parts)


Generator = Callable[[np.random.Generator, int], np.ndarray]
# Kind -> (generator, share). What venues are full of gets the largest shares.
KINDS: dict[str, tuple[Generator, float]] = {
    "silence": (venue_sounds.silence, 2),
    "hum": (venue_sounds.mains_hum, 4),
    "hiss": (venue_sounds.hiss, 3),
    "noise": (venue_sounds.noise, 5),
    "speech": (speech.speech, 13),
    "babble": (speech.babble, 10),
    "announcer": (speech.announcer, 8),
    "applause": (venue_sounds.applause, 14),
    "cheering": (venue_sounds.cheering, 6),
    "cutlery": (venue_sounds.cutlery, 5),
    "interval": (interval, 7),
    "traffic": (venue_sounds.traffic, 3),
    "ventilation": (venue_sounds.ventilation, 3),
    "footsteps": (venue_sounds.footsteps, 5),
    "impulses": (venue_sounds.impulses, 6),
    "drone": (venue_sounds.drone, 7),
    "tuning": (tuning, 5),
}
QUIET = {"hum": (-70, -30), "hiss": (-80, -35), "ventilation": (-60, -20)}  # dB re full scale, as inputs deliver them
# What may follow or interrupt music.
BETWEEN_SONGS = ("silence", "hiss", "hum", "applause", "applause", "cheering", "announcer", "speech", "babble", "interval")


def clip_of(kind: str, rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Mono float32 at 22 050 Hz; RMS near 0.1, or as quiet as this kind is in life."""
    n = int(seconds * SR)
    samples = venue_sounds.unit(KINDS[kind][0](rng, n))
    if kind in QUIET:
        target = 10 ** (rng.uniform(*QUIET[kind]) / 20)
    else:
        target = LOUD_RMS if rng.random() < 0.6 else 10 ** (rng.uniform(-55, -22) / 20)
    return np.clip(samples * target, -1, 1).astype(np.float32)


def negative_clip(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """A sound without beats for other sources: mono, 22 050 Hz, RMS about 0.1 or quiet."""
    return clip_of(str(rng.choice(BETWEEN_SONGS)), rng, seconds)


def with_ending(
    rng: np.random.Generator, stems: dict[str, np.ndarray], beats: np.ndarray, place: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Let the music stop 8-18 s before the end of the item, and something else take over. Same length.

    Beats go on to the last one before the stop: a tracker should stop with the music, not announce on.
    """
    size = next(iter(stems.values())).size
    stop = size - int(rng.uniform(8, 18) * SR)
    if stop < 12 * SR:
        return stems, beats, place
    fade = int(rng.choice([0.02, 0.3, 2.5]) * SR)
    gain = np.clip((stop - np.arange(size)) / fade, 0, 1).astype(np.float32)
    rms = float(np.sqrt(np.mean(np.square(sum(stems.values())[:stop]))))
    after = np.zeros(size, np.float32)
    clip = negative_clip(rng, (size - stop) / SR)
    after[stop : stop + clip.size] = clip * rms / LOUD_RMS
    out = {name: stem * gain for name, stem in stems.items()}
    last = list(out)[-1]
    out[last] = out[last] + after
    keep = beats < (stop - 0.5 * fade) / SR
    return out, beats[keep], place[keep]


def plan(seed: int, hours: float) -> list[str]:
    """`<kind>-<number>`, in proportion to the shares."""
    total = sum(share for _, share in KINDS.values())
    count = hours * 3600 / ITEM_S
    return [f"{kind}-{index:03d}" for kind, (_, share) in KINDS.items() for index in range(max(1, round(count * share / total)))]


def render(name: str, seed: int) -> None:
    kind = name.rsplit("-", 1)[0]
    rng = rng_for(seed, SOURCE, name)
    samples = clip_of(kind, rng, ITEM_S)
    meta = ItemMeta(
        source=SOURCE, name=name, group=name, split="train", licence="synthesised here (speech: espeak-ng)",
        label="none", genre=kind, seed=seed,
    )  # fmt: skip
    save_item(meta, {"mix": samples}, np.zeros(0), np.zeros(0, np.int8))
