"""Recorded game music under free licences: features without labels, for a teacher to label.

A package is used only where its copyright file covers the music. Left out for that reason: blobwars ("fair use"),
trackballs (a licence of its own), starfighter-data (other musicians in its credits than in its copyright file),
freedink-data except for two tracks. fretsonfire songs and applause recordings are kept for evaluation.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material.export import export
from beat_model.material.item import ItemMeta, rng_for
from beat_model.material.packages import package_dir

SOURCE = "free_music"
MIN_S, ITEM_S = 45.0, 75.0
NEVER = ("applause", "fretsonfire")


@dataclass(frozen=True)
class Album:
    pattern: str  # glob below the package root
    licence: str
    exceptions: tuple[tuple[str, str], ...] = ()  # (part of the file name, its licence)

    def licence_of(self, path: Path) -> str:
        return next((licence for part, licence in self.exceptions if part in path.name), self.licence)


_STUART = tuple((f"ingame_{number}", "CC-BY-SA-3.0") for number in (24, 25, 26))
ALBUMS: dict[str, Album] = {
    "widelands-data": Album("usr/share/games/widelands/data/music/*.ogg", "GPL-2+", _STUART),
    "wizznic-data": Album("usr/share/games/wizznic/**/*.ogg", "GPL-3"),
    "enigma-data": Album("usr/share/games/enigma/music/*/*.ogg", "GPL-2"),
    "frozen-bubble-data": Album("usr/share/games/frozen-bubble/snd/*zik*.ogg", "GPL-2"),
    "xmoto-data": Album("usr/share/games/xmoto/Textures/Musics/*.ogg", "GPL-2+"),
    "noiz2sa-data": Album("usr/share/games/noiz2sa/sounds/stg*.ogg", "BSD-2-Clause"),
    "asc-music": Album("**/*.mp3", "GPL-2+"),
    "freedink-data": Album("usr/share/games/dink/dink/Sound/[5l]*.ogg", "GPL-3+", (("lovin", "CC-BY-3.0"),)),
}


def _safe(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in text.lower()).strip("_")


@lru_cache(maxsize=1)
def tracks() -> dict[str, tuple[str, Path, float]]:
    """Name -> (package, path, seconds) of every track long enough."""
    found = {}
    for package, album in ALBUMS.items():
        for path in sorted(package_dir(package).glob(album.pattern)):
            if any(word in path.name.lower() for word in NEVER):
                continue
            seconds = _duration(path)
            if seconds >= MIN_S:
                found[f"{package.removesuffix('-data')}.{_safe(path.stem)}"] = (package, path, seconds)
    return found


def _duration(path: Path) -> float:
    return float(soundfile.info(path).duration)


def decode(path: Path, start: float, seconds: float) -> np.ndarray:
    """Mono float32 at 22 050 Hz."""
    command = ["ffmpeg", "-v", "error", "-ss", f"{start:.3f}", "-t", f"{seconds:.3f}", "-i", str(path), "-ac", "1", "-ar", str(SR), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32).copy()


def pieces(seconds: float) -> list[tuple[float, float]]:
    """Cuts of 60-90 s that cover a track: (start, length). A track under 90 s stays whole."""
    count = max(1, round(seconds / ITEM_S))
    length = seconds / count
    return [(index * length, length) for index in range(count)]


def plan(seed: int, hours: float) -> list[str]:
    names, total = [], 0.0
    for name, (_, _, seconds) in tracks().items():
        for index, (_, length) in enumerate(pieces(seconds)):
            if total < hours * 3600:
                names.append(f"{name}-{index}")
                total += length
    return names


def render(name: str, seed: int) -> None:
    title, index = name.rsplit("-", 1)
    package, path, seconds = tracks()[title]
    start, length = pieces(seconds)[int(index)]
    meta = ItemMeta(
        source=SOURCE, name=name, group=title, split="train", licence=ALBUMS[package].licence_of(path),
        label="unlabelled", genre="game music", seed=seed, notes=f"{package} {path.name} from {start:.1f} s",
    )  # fmt: skip
    export(meta, {"mix": decode(path, start, length)}, np.zeros(0), np.zeros(0, np.int8), rng_for(seed, SOURCE, name))
