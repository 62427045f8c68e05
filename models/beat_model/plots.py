"""Scores of several sets into the pictures of REPORT.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from beat_model.evaluation import OURS, ClipSet, TrackerResult
from beat_model.metrics import bootstrap_interval, median_tempo, reliability

COLOURS = {
    OURS: "#d9480f",
    "madmom": "#1c5d99",
    "aubio": "#6c757d",
    "btrack": "#2b8a3e",
    "beatnet": "#7b2cbf",
    "madmom-offline": "#9fc5e8",
}

Draw = Callable[[Axes, ClipSet], None]


def draw_f(axes: Axes, clip_set: ClipSet) -> None:
    """A bar of mean F per tracker with its 95 % interval."""
    groups = [clip.group for clip in clip_set.clips]
    for place, result in enumerate(clip_set.results):
        mean, (low, high) = result.mean("f"), bootstrap_interval(result.values("f"), groups)
        axes.barh(place, mean, color=COLOURS[result.name])
        axes.errorbar(
            mean, place, xerr=[[max(0.0, mean - low)], [max(0.0, high - mean)]], color="black", capsize=3, linewidth=1
        )
    axes.set_yticks(range(len(clip_set.results)), [result.title for result in clip_set.results])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("F (±70 ms, from 5 s)")


def draw_timing(axes: Axes, clip_set: ClipSet) -> None:
    """Density of the timing error of matched beats, per tracker."""
    edges = np.arange(-70, 71, 5)
    for result in clip_set.results:
        errors = result.pooled("errors_ms")
        if errors.size:
            axes.hist(
                errors,
                edges,
                density=True,
                histtype="step",
                linewidth=line_width(result),
                color=COLOURS[result.name],
                label=result.title,
            )
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_xlabel("tracked − annotated (ms), positive is late")
    axes.set_ylabel("share of matched beats per ms")


def draw_lock(axes: Axes, clip_set: ClipSet) -> None:
    """Share of clips locked by a given time."""
    for result in clip_set.results:
        music = [score for score in result.scores if not np.isnan(score.lock_s)]
        times = np.sort([score.lock_s for score in music if score.locked])
        shares = np.arange(1, times.size + 1) / max(1, len(music))
        axes.step(
            [0, *times],
            [0, *shares],
            where="post",
            linewidth=line_width(result),
            color=COLOURS[result.name],
            label=result.title,
        )
    axes.set_xlim(left=0)
    axes.set_ylim(0, 1)
    axes.set_xlabel("seconds from the start of the file")
    axes.set_ylabel("share of clips with four right beats in a row")


def draw_reliability(axes: Axes, clip_set: ClipSet) -> None:
    """Our confidence against the share of right beats; the area of a dot goes with the number of beats."""
    ours = clip_set.result_of(OURS)
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.5)
    bins, error = (
        reliability(ours.pooled("confidence").tolist(), ours.pooled("right").astype(bool).tolist())
        if ours
        else ([], np.nan)
    )
    if bins:
        sizes = 300 * np.array([row.count for row in bins]) / max(row.count for row in bins)
        axes.scatter(
            [row.confidence for row in bins], [row.right for row in bins], sizes, color=COLOURS[OURS], alpha=0.7
        )
        axes.text(0.03, 0.93, f"ECE {error:.3f}", transform=axes.transAxes)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of right beats")


def draw_tempo(axes: Axes, clip_set: ClipSet) -> None:
    """F of each clip over its annotated tempo: ours, with a line to madmom's."""
    shown, rival = clip_set.result_of(OURS) or clip_set.results[0], clip_set.result_of("madmom")
    tempi = np.array([median_tempo(clip.beats) for clip in clip_set.clips])
    if rival and rival is not shown:
        axes.vlines(tempi, rival.values("f"), shown.values("f"), color="#cccccc", linewidth=1)
        axes.scatter(tempi, rival.values("f"), 10, color=COLOURS["madmom"], label=rival.title)
    axes.scatter(tempi, shown.values("f"), 16, color=COLOURS[shown.name], label=shown.title)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("annotated tempo (bpm)")
    axes.set_ylabel("F")


def line_width(result: TrackerResult) -> float:
    return 2.0 if result.name == OURS else 1.0


PLOTS: dict[str, tuple[str, Draw]] = {
    "f": ("F per set and tracker", draw_f),
    "timing": ("Timing error of matched beats", draw_timing),
    "lock": ("Time to lock", draw_lock),
    "reliability": ("Confidence and being right", draw_reliability),
    "tempo": ("F by tempo", draw_tempo),
}


def write_plots(sets: list[ClipSet], folder: Path) -> list[tuple[str, Path]]:
    """One PNG per plot, a column per set. Returns captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (caption, draw) in PLOTS.items():
        if name == "reliability" and not any(clip_set.result_of(OURS) for clip_set in sets):
            continue
        figure, columns = plt.subplots(
            1, len(sets), figsize=(6.2 * len(sets), 4.0), squeeze=False, layout="constrained"
        )
        for axes, clip_set in zip(columns[0], sets, strict=True):
            draw(axes, clip_set)
            axes.set_title(clip_set.name)
            axes.spines[["top", "right"]].set_visible(False)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(fontsize=7, frameon=False)
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=90, metadata={"Software": None})
        plt.close(figure)
        written.append((caption, path))
    return written
