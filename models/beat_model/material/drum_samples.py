"""Sampled drum kits (Hydrogen format) played at trigger times, as a replacement for a soundfont's drum channel."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.item import cache_dir

LONGEST = int(2.5 * SAMPLE_RATE)  # samples kept of one hit


@dataclass(frozen=True)
class KitInfo:
    folder: str
    licence: str
    split: str = "train"


_EXTRA = "hydrogen-drumkits/usr/share/hydrogen/data/drumkits"
_BASE = "hydrogen-data/usr/share/hydrogen/data/drumkits"
# Only kits whose own drumkit.xml names a licence and that are not kept for evaluation.
KITS: dict[str, KitInfo] = {
    "gmrock": KitInfo(f"{_BASE}/GMRockKit", "GPL"),
    "tr808": KitInfo(f"{_BASE}/TR808EmulationKit", "GPL"),
    "blackpearl": KitInfo(f"{_EXTRA}/The Black Pearl 1.0", "GPL-2"),
    "pacific": KitInfo(f"{_EXTRA}/BJA_Pacific", "CC-BY-SA-3.0-US"),
    "audiophob": KitInfo(f"{_EXTRA}/Audiophob", "CC0-1.0"),
    "electricempire": KitInfo(f"{_EXTRA}/ElectricEmpireKit", "GPL-2+"),
    "gimmeahand": KitInfo(f"{_EXTRA}/Gimme A Hand 1.0", "GPL-2"),
    "rumpf": KitInfo(f"{_EXTRA}/rumpf_kit_z01_h2", "CC-BY-3.0", "dev"),
    "varibreaks": KitInfo(f"{_EXTRA}/VariBreaks", "GPL-2+", "dev"),
}

# Role -> pattern on instrument names (lower case); the first instrument that matches is taken, or a random one.
ROLES: dict[str, str] = {
    "kick": r"kick|bass ?drum|thump",
    "stick": r"stick|rim ?click|click|clave|woodblock hi",
    "snare": r"snare(?!.*roll)|slap",
    "clap": r"clap|snaps",
    "tom_low": r"floor|tom low|low tom|bongo lo|drum 1|^conga 1",
    "tom_mid": r"tom 2|tom mid|middle tom|^tom$|bongo hi|drum 2|^conga",
    "tom_high": r"tom 1|tom hi|high tom|bongo hi|^conga",
    "hat_closed": r"hat.*cl|cl.*(hat|hh)|hat low|hat ring|maraca|hat 2 cl",
    "hat_pedal": r"(hat|hh).*pedal|pedal (hat|hh)|pd$|maraca|hat ring",
    "hat_open": r"hat open|open (hat|hh)|hi hat opened|hi-hat open|hat.* op|hat op|tambourine",
    "ride": r"ride(?!.*bell)|cymbal 1",
    "bell": r"bell(?!.*cow)|cowbell|waterglasshi",
    "crash": r"crash|^cymbal",
    "cowbell": r"cowbell|woodblock",
    "tambourine": r"tambourine|hat ring|semi",
    "shaker": r"shaker|maraca|hat free|hat low|hat 3",
    "conga_high": r"^conga|bongo hi|tom 1|tom hi|high tom|^tom$",
    "conga_low": r"conga 2|bongo lo|conga|tom low|low tom|floor",
    "clave": r"clave|stick|woodblock",
}

# General MIDI percussion key -> role.
GM_ROLES: dict[int, str] = {35: "kick", 36: "kick", 37: "stick", 38: "snare", 39: "clap", 40: "snare", 41: "tom_low", 42: "hat_closed",
    43: "tom_low", 44: "hat_pedal", 45: "tom_mid", 46: "hat_open", 47: "tom_mid", 48: "tom_high", 49: "crash", 50: "tom_high", 51: "ride",
    52: "crash", 53: "bell", 54: "tambourine", 55: "crash", 56: "cowbell", 57: "crash", 59: "ride", 60: "conga_high", 61: "conga_low",
    62: "conga_high", 63: "conga_high", 64: "conga_low", 65: "conga_high", 66: "conga_low", 67: "cowbell", 68: "cowbell", 69: "shaker",
    70: "shaker", 73: "shaker", 74: "shaker", 75: "clave", 76: "clave", 77: "clave", 82: "shaker"}  # fmt: skip

# A missing part is played on the nearest relative; the rest is left to nothing (as a band without congas would).
FALLBACK = {"hat_pedal": "hat_closed", "hat_open": "crash", "ride": "hat_closed", "bell": "ride", "crash": "hat_open", "stick": "snare", "clap": "snare",
    "tom_low": "kick", "tom_mid": "tom_low", "tom_high": "tom_mid", "cowbell": "stick", "tambourine": "hat_closed", "shaker": "hat_closed",
    "conga_high": "tom_high", "conga_low": "tom_mid", "clave": "stick", "snare": "clap"}  # fmt: skip

Layer = tuple[float, np.ndarray]  # highest velocity 0..1, samples


def _load(path: Path) -> np.ndarray:
    """A hit as mono 22 050 Hz samples, its attack (5 % of the peak) 1 ms after the first sample."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != SAMPLE_RATE:
        divisor = gcd(rate, SAMPLE_RATE)
        mono = resample_poly(mono, SAMPLE_RATE // divisor, rate // divisor).astype(np.float32)
    loud = np.abs(mono) > 0.05 * np.abs(mono).max()
    start = max(0, int(np.argmax(loud)) - SAMPLE_RATE // 1000)
    hit = mono[start : start + LONGEST].copy()
    tail = min(hit.size, SAMPLE_RATE // 50)
    hit[-tail:] *= np.linspace(1, 0, tail)
    return hit


def _text(node: ElementTree.Element, tag: str, default: str = "") -> str:
    found = node.findtext(tag)
    return default if found is None else found


def _parse(folder: Path) -> ElementTree.Element:
    source = (folder / "drumkit.xml").read_text(encoding="utf-8", errors="replace")
    return ElementTree.fromstring(re.sub(r'\sxmlns(:\w+)?="[^"]+"|\sxsi:\w+="[^"]+"', "", source))


@functools.cache
def load_kit(name: str) -> dict[str, list[list[Layer]]]:
    """Role -> candidate instruments -> layers sorted by velocity. Cached for the life of the process."""
    folder = cache_dir() / "packages" / KITS[name].folder
    roles: dict[str, list[list[Layer]]] = {}
    for instrument in _parse(folder).iter("instrument"):
        label = _text(instrument, "name").lower().strip()
        wanted = [role for role, pattern in ROLES.items() if re.search(pattern, label)]
        if not wanted:
            continue
        layers = []
        for layer in instrument.iter("layer"):
            file = folder / _text(layer, "filename")
            if file.is_file():
                layers.append((float(_text(layer, "max", "1")), float(_text(layer, "gain", "1")) * _load(file)))
        if not layers and (folder / _text(instrument, "filename")).is_file() and _text(instrument, "filename"):
            layers = [(1.0, _load(folder / _text(instrument, "filename")))]
        if layers:
            layers.sort(key=lambda layer: layer[0])
            for role in wanted:
                roles.setdefault(role, []).append(layers)
    return roles


def choose_instruments(rng: np.random.Generator, kit: dict[str, list[list[Layer]]]) -> dict[str, list[Layer]]:
    """One instrument for every role of a song, missing roles replaced by relatives where there is one."""
    chosen = {}
    for role in ROLES:
        source, hops = role, 0
        while source not in kit and source in FALLBACK and hops < 5:
            source, hops = FALLBACK[source], hops + 1
        if source in kit:
            candidates = kit[source]
            chosen[role] = candidates[0] if rng.random() < 0.4 else candidates[int(rng.integers(len(candidates)))]
    return chosen


def place_hits(hits: list[tuple[float, str, float]], instruments: dict[str, list[Layer]], rng: np.random.Generator, duration: float) -> np.ndarray:
    """hits: (seconds, role, velocity 0..1) -> mono samples. A closed hat chokes the open one, as on a real stand."""
    out = np.zeros(int(duration * SAMPLE_RATE), np.float32)
    hits = sorted(hits)
    closing = np.array([when for when, role, _ in hits if role in ("hat_closed", "hat_pedal")])
    for when, role, velocity in hits:
        layers = instruments.get(role)
        begin = round((when - 0.001) * SAMPLE_RATE)
        if layers is None or begin < 0 or begin >= out.size:
            continue
        sample = next((samples for top, samples in layers if velocity <= top), layers[-1][1])
        single = 1.0 if len(layers) == 1 else 0.6  # layered kits carry part of the dynamics in the samples
        gain = velocity ** (1.6 * single) * (1 + 0.05 * rng.standard_normal())
        if role == "hat_open" and closing.size:
            following = closing[closing > when + 0.02]
            if following.size:
                keep = int((following[0] - when) * SAMPLE_RATE)
                if keep < sample.size:
                    sample = sample[:keep].copy()
                    fade = min(keep, SAMPLE_RATE // 100)
                    sample[-fade:] *= np.linspace(1, 0, fade)
        sample = sample[: out.size - begin]
        out[begin : begin + sample.size] += np.float32(gain) * sample
    return out


def draw_kit(rng: np.random.Generator, split: str) -> str:
    names = [name for name, kit in KITS.items() if kit.split == split]
    shares = np.array([0.3 if name == "gimmeahand" else 1.0 for name in names])  # hand percussion only: rarer
    return str(rng.choice(names, p=shares / shares.sum()))


def play_kit(rng: np.random.Generator, kit: str, hits: list[tuple[float, str, float]], duration: float) -> np.ndarray:
    """Drum hits on a sampled kit -> mono samples (duration x 22 050)."""
    return place_hits(hits, choose_instruments(rng, load_kit(kit)), rng, duration)
