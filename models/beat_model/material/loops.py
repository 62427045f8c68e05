"""Loops and one-shots of sonic-pi-samples (CC0), repeated, combined and accompanied.

The number of beats in each loop was counted from its onsets: they sit on the sixteenths of this grid. Left out:
loop_3d_printer, loop_drone_g_97 and loop_weirdo (no grid), loop_perc1 and loop_perc2 (too sparse to tell the level),
loop_compus (its accents fit 74 BPM as well as 148), loop_amen and loop_amen_full (a recording by others than the uploader).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soundfile

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material import electronic
from beat_model.material.export import change_speed, cut_beats, export, to_mono_22k
from beat_model.material.item import ItemMeta, rng_for
from beat_model.material.negatives import with_ending
from beat_model.material.packages import PACKAGES, package_dir

SOURCE = "loops"
ITEM_S = 50.0
SPEED = 0.15


@dataclass(frozen=True)
class Loop:
    beats: int
    lead_s: float = 0.0  # its attacks come this much after the grid (measured); taken out
    downbeats: bool = True
    split: str = "train"
    pitched: bool = False  # has a key of its own: no harmony is laid over it
    alone: bool = True  # carries the beat without help


LOOPS: dict[str, Loop] = {
    "breakbeat": Loop(4),
    "garzul": Loop(16, pitched=True),
    "mika": Loop(16),
    "mehackit1": Loop(4, 0.008, alone=False),
    "electric": Loop(4, -0.008, alone=False),
    "tabla": Loop(16, pitched=True),
    "industrial": Loop(2, downbeats=False, split="dev"),
    "safari": Loop(16, 0.010, split="dev"),
    "mehackit2": Loop(4, 0.006, alone=False, split="dev"),
}

KIT: dict[str, tuple[str, ...]] = {
    "kick": ("bd_808", "bd_ada", "bd_boom", "bd_fat", "bd_gas", "bd_haus", "bd_klub", "bd_pure", "bd_sone", "bd_tek", "bd_zome", "drum_heavy_kick", "drum_bass_hard", "elec_soft_kick", "elec_hollow_kick"),
    "snare": ("sn_dolf", "sn_dub", "sn_generic", "sn_zome", "drum_snare_hard", "drum_snare_soft", "elec_snare", "elec_hi_snare", "elec_lo_snare", "elec_mid_snare", "elec_filt_snare", "perc_snap", "perc_snap2"),
    "hat": ("drum_cymbal_closed", "drum_cymbal_pedal", "elec_cymbal", "elec_tick", "elec_triangle", "elec_ping", "drum_cymbal_soft", "elec_blip", "elec_wood", "tabla_na_s"),
}


@lru_cache(maxsize=None)
def sample(name: str) -> np.ndarray:
    """One file as mono float32 at 22 050 Hz, peak 1."""
    path = package_dir("sonic-pi-samples") / "usr/share/sonic-pi/samples" / f"{name}.flac"
    data, rate = soundfile.read(path, dtype="float32")
    mono = to_mono_22k(data, rate)
    return mono / max(1e-6, float(np.abs(mono).max()))


def one_shot(name: str) -> np.ndarray:
    """A struck sample without its leading silence, at most 1 s."""
    sound = sample(name)
    start = int(np.argmax(np.abs(sound) > 0.05))
    sound = sound[start : start + SR].copy()
    sound[-200:] *= np.linspace(1, 0, sound[-200:].size)
    return sound


def loop_bpm(name: str) -> float:
    path = package_dir("sonic-pi-samples") / "usr/share/sonic-pi/samples" / f"loop_{name}.flac"
    return LOOPS[name].beats * 60.0 / soundfile.info(path).duration


def repeat_loop(name: str, speed: float, bars: list[bool], size: int) -> tuple[np.ndarray, float]:
    """The loop on end from sample 0, heard in the bars marked True; returns the track and its tempo."""
    loop = LOOPS[name]
    sound, exact = change_speed(sample(f"loop_{name}"), speed)
    bpm = loop_bpm(name) * exact
    period = loop.beats * 60.0 / bpm
    lead = int(round(loop.lead_s / exact * SR))
    out = np.zeros(size + SR, np.float64)
    for turn in range(int(np.ceil((size / SR + 1) / period)) + 1):
        begin = int(round(turn * period * SR)) - lead + (SR // 2)
        part = sound[max(0, -begin) :]
        begin = max(0, begin)
        part = part[: max(0, out.size - begin)]
        out[begin : begin + part.size] += part
    out = out[SR // 2 : SR // 2 + size]
    bar_of = np.minimum((np.arange(size) / SR * bpm / 240).astype(int), len(bars) - 1)
    gate = np.array(bars, float)[bar_of]
    smooth = np.convolve(gate, np.ones(64) / 64, "same")
    return out * smooth, bpm


def plan(seed: int, hours: float) -> list[str]:
    """`<loop>-<n>` and `kit_<style>-<n>`; dev loops come four times each and nowhere else."""
    train = [name for name, loop in LOOPS.items() if loop.split == "train"]
    cycle = [part for pair in zip(train * 2, [f"kit_{s}" for s in electronic.STYLES] + train, strict=False) for part in pair]
    cycle += [f"kit_{s}" for s in electronic.STYLES]
    names = [f"{name}-{k:03d}" for name, loop in LOOPS.items() if loop.split == "dev" for k in range(4)]
    count = int(hours * 3600 / ITEM_S)
    used: dict[str, int] = {}
    for index in range(max(0, count - len(names))):
        kind = cycle[index % len(cycle)]
        used[kind] = used.get(kind, -1) + 1
        names.append(f"{kind}-{used[kind]:03d}")
    return names


def render(name: str, seed: int) -> None:
    rng = rng_for(seed, SOURCE, name)
    kind = name.rsplit("-", 1)[0]
    loop = LOOPS.get(kind)
    dev = loop is not None and loop.split == "dev"
    length = 40.5 if dev else ITEM_S
    skipped = int(rng.uniform(0, 8) * SR)  # so that items do not all begin on a downbeat
    seconds = length + skipped / SR
    size = int(seconds * SR)
    style_name = _style_for(rng, kind, loop)
    style = electronic.STYLES[style_name] if style_name else None
    speed = float(rng.uniform(1 - SPEED, 1 + SPEED))
    bpm = loop_bpm(kind) * change_speed(np.zeros(400, np.float32), speed)[1] if loop else float(rng.uniform(*style.bpm))
    bars = electronic.arrangement(rng, int(np.ceil(seconds * bpm / 240)) + 1, _layers(rng, loop, style))
    stems = _stems(rng, kind, loop, style, bpm, speed, bars, size)
    beats = np.arange(int(np.ceil(seconds * bpm / 60))) * 60.0 / bpm
    beats = beats[beats < seconds - 0.02]
    known = loop is None or loop.downbeats
    place = (np.arange(beats.size) % 4 + 1 if known else np.zeros(beats.size)).astype(np.int8)
    stems = {stem: track[skipped:] for stem, track in stems.items()}
    beats, place = cut_beats(beats, place, skipped / SR, seconds)
    if not dev and rng.random() < 0.2:
        stems, beats, place = with_ending(rng, stems, beats, place)
    meta = ItemMeta(
        source=SOURCE, name=name, group=kind, split="dev" if dev else "train",
        licence=PACKAGES["sonic-pi-samples"].licence, label="exact", genre=style_name or kind,
        beats_per_bar=4 if known else 0, seed=seed, notes=f"speed x{speed:.3f}, layers {'+'.join(bars)}",
    )  # fmt: skip
    export(meta, stems, beats, place, rng, wet_count=0 if dev else 1)


def _style_for(rng: np.random.Generator, kind: str, loop: Loop | None) -> str | None:
    """The style of the drum machine, if there is one: chosen to be at home at the loop's tempo."""
    if loop is None:
        return kind.removeprefix("kit_")
    if loop.alone and rng.random() < 0.6:
        return None
    bpm = loop_bpm(kind)
    near = [name for name, style in electronic.STYLES.items() if style.bpm[0] - 8 <= bpm <= style.bpm[1] + 8]
    return str(rng.choice(near)) if near else None


def _layers(rng: np.random.Generator, loop: Loop | None, style: electronic.Style | None) -> list[str]:
    layers = (["loop"] if loop else []) + (["kit"] if style else [])
    if loop is None or not loop.pitched:
        layers += [layer for layer, share in (("bass", 0.75), ("pad", 0.55), ("arp", 0.5)) if rng.random() < share]
    return layers


def _stems(
    rng: np.random.Generator, kind: str, loop: Loop | None, style: electronic.Style | None,
    bpm: float, speed: float, bars: dict[str, list[bool]], size: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    song, parts = electronic.draw_song(rng), {}
    if loop:
        parts["drums"] = repeat_loop(kind, speed, bars["loop"], size)[0]
    if style:
        sounds = {part: one_shot(str(rng.choice(names))) for part, names in KIT.items()}
        machine = electronic.drum_track(rng, style, sounds, bpm, bars["kit"], size)
        parts["drums"] = parts.get("drums", 0) + machine * rng.uniform(0.3, 0.9)
    if "bass" in bars:
        parts["bass"] = electronic.bass_track(rng, song, bpm, bars["bass"], size)
    other = sum(
        (writer(rng, song, bpm, bars[layer], size) * rng.uniform(0.5, 1.2)
         for layer, writer in (("pad", electronic.pad_track), ("arp", electronic.arp_track)) if layer in bars),
        np.zeros(size),
    )  # fmt: skip
    if np.any(other):
        parts["other"] = other
    return {stem: np.asarray(track, np.float32) for stem, track in parts.items()}
