"""Demo projects of LMMS, rendered once by LMMS itself; beats are k * 60 / bpm from the first sample.

Licences are those that the package's copyright file gives for each project. Left out: the projects kept for
evaluation; Surrender (attacks 15 ms late), Crunk and CoolSnip (under 17 s), DirtyLove (177 BPM with the backbeat on
every second beat: half of the listeners tap 88).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material.export import change_speed, cut_beats, export, to_mono_22k
from beat_model.material.item import ItemMeta, cache_dir, rng_for
from beat_model.material.packages import package_dir

SOURCE = "lmms"
PROJECTS_BELOW = "usr/share/lmms/projects"
STRIDE_S = 30.0
RENDER_TIMEOUT_S = 900
DEV_EXCERPTS = 4


@dataclass(frozen=True)
class Project:
    file: str
    licence: str
    level: float = 1.0  # tapped beats for each beat of the project's own tempo
    split: str = "train"
    downbeats: bool = True  # False: the sound contradicts the project's bars, or its level leaves two readings


PROJECTS: dict[str, Project] = {
    "esoxlb_cpu": Project("demos/EsoXLB-CPU.mmpz", "Artistic-2.0"),
    "impulslogik_zen": Project("demos/Impulslogik-Zen.mmpz", "Artistic-2.0", split="dev"),
    "shovon_house_pluck": Project("demos/Shovon-ProgressiveHousePluckDemo.mmpz", "GPL-2+"),
    "socceroos_progress": Project("demos/Socceroos-Progress.mmpz", "Artistic-2.0", level=0.5, downbeats=False),
    "strictproduction_dear_jon": Project("demos/StrictProduction-DearJonDoe.mmp", "GPL-2+", split="dev", downbeats=False),
    "alf42red_mauiwowi": Project("demos/Alf42red-Mauiwowi.mmpz", "CC-BY-SA-3.0"),
    "oglsdl_pptrip": Project("demos/Oglsdl-PpTrip.mmpz", "Artistic-2.0"),
}


def project_path(name: str) -> Path:
    """In the unpacked package, or where an installed lmms-common has it."""
    installed = Path("/") / PROJECTS_BELOW / PROJECTS[name].file
    return installed if installed.exists() else package_dir("lmms-common") / PROJECTS_BELOW / PROJECTS[name].file


def project_bpm(name: str) -> float:
    """Tempo of the project file. .mmpz: four bytes of size, then zlib."""
    data = project_path(name).read_bytes()
    text = data if data.lstrip()[:1] == b"<" else zlib.decompress(data[4:])
    found = re.search(rb'<head[^>]*\bbpm="(\d+)"', text) or re.search(rb'<bpm[^>]*\bvalue="(\d+)"', text)
    if found is None:
        raise ValueError(f"{name}: no tempo in the project file")
    return float(found.group(1))


def rendered(name: str) -> Path:
    """The project as audio in the cache; LMMS is run once when it is not there."""
    out = cache_dir() / "sources" / "lmms" / f"{name}.flac"
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        wave = out.with_suffix(".partial.wav")
        _run_lmms(project_path(name), wave)
        data, rate = soundfile.read(wave, dtype="float32")
        soundfile.write(out, data.mean(axis=1), rate, subtype="PCM_16")
        wave.unlink()
    return out


def _run_lmms(project: Path, wave: Path) -> None:
    if shutil.which("lmms") is None:
        raise RuntimeError("lmms is missing: install the Debian packages lmms and lmms-common")
    as_root = ["--allowroot"] if os.geteuid() == 0 else []
    command = ["lmms", *as_root, "render", str(project), "-o", str(wave), "-f", "wav", "-s", "44100"]
    # Some projects crash LMMS at exit, after a complete file: the file counts, not the exit status.
    subprocess.run(command, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, capture_output=True, timeout=RENDER_TIMEOUT_S)
    if not wave.exists() or wave.stat().st_size < 100_000:
        raise RuntimeError(f"LMMS made no audio from {project.name}")


@lru_cache(maxsize=2)
def audio(name: str) -> np.ndarray:
    """Mono at 22 050 Hz, without the silence after the end."""
    data, rate = soundfile.read(rendered(name), dtype="float32")
    mono = to_mono_22k(data, rate)
    loud = np.flatnonzero(np.abs(mono) > 1e-3)
    return mono[: loud[-1] + 1] if loud.size else mono


def beats_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and places of all beats at the project's own speed."""
    interval = 60.0 / (project_bpm(name) * PROJECTS[name].level)
    beats = np.arange(int(audio(name).size / SR / interval)) * interval
    place = np.arange(beats.size) % 4 + 1 if PROJECTS[name].downbeats else np.zeros(beats.size)
    return beats, place.astype(np.int8)


def plan(seed: int, hours: float) -> list[str]:
    """`<project>-<pass>-<excerpt>`; pass 0 is the original speed."""
    names, seconds, turn = [], 0.0, 0
    while seconds < hours * 3600 and turn < 12:
        for name, project in PROJECTS.items():
            length = audio(name).size / SR
            if project.split == "dev" and turn > 0:
                continue
            for excerpt in range(min(DEV_EXCERPTS if project.split == "dev" else 99, max(1, int((length - 12) / STRIDE_S)))):
                names.append(f"{name}-{turn}-{excerpt}")
                seconds += min(length, 50)
        turn += 1
    return names


def render(name: str, seed: int) -> None:
    title, turn, excerpt = name.rsplit("-", 2)
    project = PROJECTS[title]
    rng = rng_for(seed, SOURCE, name)
    dev = project.split == "dev"
    speed = 1.0 if turn == "0" else float(rng.uniform(0.92, 1.08))
    sound, speed = change_speed(audio(title), speed)
    beats, place = beats_of(title)
    length = min(sound.size / SR, 40.5 if dev else float(rng.uniform(45, 55)))
    start = float(np.clip(int(excerpt) * STRIDE_S / speed + rng.uniform(0, 8), 0, sound.size / SR - length))
    beats, place = cut_beats(beats / speed, place, start, start + length)
    cut = sound[int(round(start * SR)) :][: int(length * SR)]
    meta = ItemMeta(
        source=SOURCE, name=name, group=title, split=project.split, licence=project.licence, label="exact",
        genre="electronic", beats_per_bar=4 if project.downbeats else 0, seed=seed, notes=f"{project.file}, speed x{speed:.3f}",
    )  # fmt: skip
    export(meta, {"mix": cut}, beats, place, rng, wet_count=0 if dev else 1)
