"""Tracker modules (MOD, XM, S3M, IT) through libopenmpt: audio together with the exact time of each row.

A beat is a fixed number of rows. Which rows, and whether the rows carry the pulse at all, is checked on the
sound once per file (`survey`); files that fail stay out.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.alignment import lags, onset_strength, strength_at
from beat_model.material.export import cut_beats, export
from beat_model.material.item import ItemMeta, cache_dir, rng_for
from beat_model.material.openmpt import Module, Performance
from beat_model.material.packages import PACKAGES, package_dir

SOURCE = "modules"
FOLDERS = ("tecnoballz-data", "ironseed-data", "pachi-data", "criticalmass-data", "fb-music-high", "tomatoes-data", "cuyo-data")
SUFFIXES = {".mod", ".xm", ".s3m", ".it"}
# Held out, spread over the packages; no pattern of them occurs in another file.
DEV = {"ironseed-chargen", "ironseed-dpak", "ironseed-phador", "pachi-stage4", "tecnoballz-area4_game", "tecnoballz-over_theme"}
# The same notes as ironseed-cargo and tecnoballz-area1_game.
COPIES = {"ironseed-game", "tecnoballz-area1_game2"}
LONGEST_S = 300.0
MAX_BPM, MIN_BPM = 165.0, 58.0
MIN_CONTRAST = 1.3
MAX_LAG_S = 0.015
STRIDE_S = 38.0  # excerpts of one pass start about this far apart


def files() -> dict[str, tuple[str, Path]]:
    """Safe name -> (package, path)."""
    found = {}
    for package in FOLDERS:
        for path in sorted(package_dir(package).rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                stem = "".join(c if c.isalnum() else "_" for c in path.stem.lower())
                found[f"{package.removesuffix('-data')}-{stem}"] = (package, path)
    return found


def rows_per_beat(row_s: float) -> int:
    """Rows between beats at the level people tap: 4 unless that leaves 58..165 BPM."""
    for rows in (4, 8, 2, 16):
        if MIN_BPM <= 60.0 / (rows * row_s) <= MAX_BPM:
            return rows
    return 4


def beats_of(performance: Performance, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Beat times in seconds and places in the bar (four beats a bar, counted from the first row of a pattern)."""
    on_beat = performance.row % rows == 0
    place = (performance.row // rows) % 4 + 1
    return performance.time[on_beat], place[on_beat].astype(np.int8)


def phase_figures(performance: Performance, rows: int) -> dict[str, float]:
    """How the sound sits on the rows: onset strength on row phase 0 of the beat over the mean of the others, and lag.

    Measured for 4 rows even where the beat has 8: the finer phase is the one a file can get wrong.
    """
    strength = onset_strength(performance.samples)
    low = onset_strength(performance.samples, 0.0, 250.0)
    classes = performance.row % 4
    means = np.array([_mean_at(strength, performance.time[classes == k]) for k in range(4)])
    lows = np.array([_mean_at(low, performance.time[classes == k]) for k in range(4)])
    beats, _ = beats_of(performance, rows)
    steps = np.diff(beats)
    return {
        "phase": int(np.argmax(means)),
        "contrast": float(means[0] / (means[1:].mean() + 1e-9)),
        "low_contrast": float(lows[0] / (lows[1:].mean() + 1e-9)),
        "lag_s": _row_lag(strength, performance.time[classes == 0]),
        "irregular": float(np.mean(np.abs(steps / np.median(steps) - 1) > 0.2)) if steps.size > 2 else 1.0,
        "bpm": float(60 / np.median(steps)) if steps.size > 2 else 0.0,
    }


def _mean_at(strength: np.ndarray, points: np.ndarray) -> float:
    return float(strength_at(strength, points).mean()) if points.size else 0.0


def _row_lag(strength: np.ndarray, points: np.ndarray) -> float:
    offsets = lags(strength, points)
    return float(np.median(offsets)) if offsets.size else 1.0


def survey_file(path: Path) -> dict:
    """Figures of one file at its own speed, and whether it is fit for training."""
    module = Module(path)
    performance = module.perform(LONGEST_S)
    row_s = float(np.median(np.diff(performance.time))) if performance.time.size > 8 else 1.0
    rows = rows_per_beat(row_s)
    figures = phase_figures(performance, rows)
    speeds = len({round(step / row_s, 1) for step in np.diff(performance.time) if step < 4 * row_s})
    figures |= {"rows": rows, "seconds": performance.samples.size / SAMPLE_RATE, "speeds": speeds}
    figures["fit"] = bool(
        figures["phase"] == 0
        and max(figures["contrast"], figures["low_contrast"]) > MIN_CONTRAST
        and abs(figures["lag_s"]) < MAX_LAG_S
        and figures["irregular"] < 0.08
        and figures["seconds"] > 25
        and figures["bpm"] <= 200
    )
    return figures


@lru_cache(maxsize=1)
def survey() -> dict[str, dict]:
    """Figures of all files, measured once and kept in the cache."""
    store = cache_dir() / "sources" / "modules-survey.json"
    if store.exists():
        return json.loads(store.read_text())
    figures = {name: survey_file(path) for name, (_, path) in files().items()}
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(json.dumps(figures, indent=1))
    return figures


def plan(seed: int, hours: float) -> list[str]:
    """Item names `<file>-<pass>-<excerpt>`; each pass plays the file at another speed and pitch."""
    figures = {name: value for name, value in survey().items() if value["fit"] and name not in COPIES}
    names, seconds, turn = [], 0.0, 0
    while seconds < hours * 3600 and turn < 8:
        for name in sorted(figures):
            if name in DEV and turn > 0:
                continue
            for excerpt in range(max(1, round((figures[name]["seconds"] - 15) / STRIDE_S))):
                if seconds >= hours * 3600 or (name in DEV and excerpt > 1):
                    break
                names.append(f"{name}-{turn}-{excerpt}")
                seconds += 52
        turn += 1
    return names


def render(name: str, seed: int) -> None:
    """One excerpt of 45-60 s."""
    file, turn, excerpt = name.rsplit("-", 2)
    package, path = files()[file]
    figures = survey()[file]
    rng = rng_for(seed, SOURCE, name)
    is_dev = file in DEV
    tempo, pitch = (1.0, 1.0) if is_dev or turn == "0" else playback(rng, figures["bpm"])
    length = 40.5 if is_dev else float(rng.uniform(45, 60))
    start = (float(excerpt) * STRIDE_S + float(rng.uniform(0, 6))) / tempo
    start = max(0.0, min(start, figures["seconds"] / tempo - length))
    module = Module(path, tempo=tempo, pitch=pitch)
    performance, stems = module.stems(start, start + length, rng)
    beats, place = beats_of(performance, figures["rows"])
    beats, place = cut_beats(beats, place, start, start + length)
    meta = ItemMeta(
        source=SOURCE, name=name, group=file, split="dev" if is_dev else "train", licence=PACKAGES[package].licence,
        label="exact", genre="tracker", beats_per_bar=4, seed=seed,
        notes=f"{package} {path.name}, tempo x{tempo:.3f}, pitch x{pitch:.3f}, {figures['rows']} rows a beat",
    )
    export(meta, stems, beats, place, rng, wet_count=0 if is_dev else 1)


def playback(rng: np.random.Generator, bpm: float) -> tuple[float, float]:
    """Tempo and pitch factors; the tempo stays inside the range in which the chosen level is the tapped one."""
    low, high = max(0.85, MIN_BPM / bpm), min(1.18, MAX_BPM / bpm)
    tempo = float(rng.uniform(low, high)) if high > low else 1.0
    return tempo, float(2 ** (rng.uniform(-4, 4) / 12))
