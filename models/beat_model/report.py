"""Scores of several sets into the text of REPORT.md and a summary for other programs."""

from __future__ import annotations

from collections import Counter

import numpy as np

from beat_model.evaluation import OURS, ClipSet, TrackerResult
from beat_model.metrics import bootstrap_interval, median_tempo, reliability
from beat_model.peers import PEERS

RIVAL = "madmom"  # the best causal peer: differences are taken against it
TAIL = 8  # clips listed as the worst

Row = list[str]

EXPLAINED = """\
All times are those published: for Tactus the beats **as they stood 100 ms before they fell**, for the others the
times they report afterwards. F, CMLt, AMLt, downbeats, tempo and timing skip the first 5 s (mir_eval's default);
a beat is right within ±70 ms.

- **F**: with the 95 % interval over clips (bootstrap, whole songs drawn). **vs madmom**: paired difference, in points.
- **CMLt / AMLt**: share of beats in right stretches, at the annotated level / also at double, half or off-beat.
- **tempo 1 / 2**: clips whose median tempo is within 4 % / also at ×2, ×3, ×½, ×⅓.
- **wrong level**: clips with AMLt − CMLt > 0.5, that is steady at another octave or on the off-beat.
- **late**: median of (tracked − annotated). **off**: median of its absolute value. Matched beats only.
- **known**: median of (when the beat was known − annotated). Negative is before it falls.
- **F 5-12 s**: accuracy soon after the start. **lock**: median time of the first of four right beats in a row from
  the start of the file, a clip that never locks counting its length. **never**: clips that never lock.
- **CPU**: seconds per second of audio on one core; for Tactus of the whole process, with decoding and start-up.
"""


def table(head: Row, rows: list[Row]) -> str:
    """A Markdown table, first column left, others right, padded to be readable as text."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: Row) -> str:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def number(value: float, form: str = ".1f", scale: float = 1.0) -> str:
    """A number, or a dash for nan."""
    return "–" if np.isnan(value) else format(value * scale, form)


def percent(value: float) -> str:
    return number(value, ".1f", 100.0)


def median(values: np.ndarray) -> float:
    kept = values[~np.isnan(values)]
    return float(np.median(kept)) if kept.size else float("nan")


def interval(values: np.ndarray, clip_set: ClipSet, form: str = ".1f") -> str:
    low, high = bootstrap_interval(values, [clip.group for clip in clip_set.clips])
    return "–" if np.isnan(low) else f"{100 * low:{form}} … {100 * high:{form}}"


def against_rival(result: TrackerResult, clip_set: ClipSet) -> str:
    """Paired difference of F to madmom with its interval, in points."""
    rival = clip_set.result_of(RIVAL)
    if rival is None or result is rival:
        return "–"
    difference = result.values("f") - rival.values("f")
    return f"{percent_signed(difference)} ({interval(difference, clip_set, '+.1f')})"


def percent_signed(values: np.ndarray) -> str:
    kept = values[~np.isnan(values)]
    return number(float(np.mean(kept)) if kept.size else float("nan"), "+.1f", 100.0)


def accuracy_table(clip_set: ClipSet) -> str:
    head = ["tracker", "F", "95 %", "vs madmom", "CMLt", "AMLt", "downbeat F", "tempo 1", "tempo 2", "wrong level"]
    rows = []
    for result in clip_set.results:
        measures = ["cmlt", "amlt", "downbeat_f", "tempo_1", "tempo_2"]
        wrong = sum(score.wrong_level for score in result.scores)
        first = [result.title, percent(result.mean("f")), interval(result.values("f"), clip_set)]
        rows.append([*first, against_rival(result, clip_set), *(percent(result.mean(m)) for m in measures), str(wrong)])
    return table(head, rows)


def timing_table(clip_set: ClipSet) -> str:
    head = ["tracker", "late ms", "off ms", "known ms", "F 5-12 s", "lock s", "never", "CPU"]
    rows = []
    for result in clip_set.results:
        errors = result.pooled("errors_ms")
        with_music = ~np.isnan(result.values("lock_s"))
        never = sum(not score.locked for score, music in zip(result.scores, with_music, strict=True) if music)
        rows.append(
            [
                result.title,
                number(median(errors), "+.0f"),
                number(median(np.abs(errors)), ".0f"),
                number(median(result.pooled("known_ms")), "+.0f"),
                percent(result.mean("early_f")),
                number(median(result.values("lock_s"))),
                str(never),
                number(result.cpu_share, ".4f"),
            ]
        )
    return table(head, rows)


def breakdown(clip_set: ClipSet, head: str, labels: list[str], order: list[str], ours: TrackerResult) -> str:
    """Our scores by a property of the clip, beside madmom's F. labels: one per clip; order: of the rows."""
    rival = clip_set.result_of(RIVAL)
    rows = []
    for name in order:
        chosen = [index for index, label in enumerate(labels) if label == name]
        part = TrackerResult(ours.name, ours.title, [ours.scores[index] for index in chosen])
        theirs = (
            TrackerResult(RIVAL, "", [rival.scores[index] for index in chosen]).mean("f") if rival else float("nan")
        )
        means = [part.mean(measure) for measure in ("f", "cmlt", "amlt", "downbeat_f")]
        rows.append([name, str(len(chosen)), *map(percent, means), percent(theirs)])
    return table([head, "clips", "F", "CMLt", "AMLt", "downbeat F", "madmom F"], rows)


def feel_lines(ours: TrackerResult) -> list[str]:
    """What a rig feels, one line each."""
    leads = ours.pooled("leads_ms")
    early, middle = np.percentile(leads, [5, 50]) if leads.size else (np.nan, np.nan)
    too_late = sum(score.too_late for score in ours.scores)
    jumps = number(ours.mean("jumps_per_minute"))
    lines = [
        f"- Jumps (a step more than 40 ms off the announced period): {jumps} per minute.",
        f"- Lead of first announcements: p5 {number(early, '.0f')} ms, p50 {number(middle, '.0f')} ms.",
        f"- Beats that came, or moved, less than 100 ms ahead (not counted as beats): {too_late}.",
    ]
    silent = ours.mean("false_per_minute")
    if not np.isnan(silent):
        lines.append(f"- Where there is no music: {number(silent)} beats per minute.")
    return lines


def calibration_table(ours: TrackerResult) -> str:
    """Confidence against being right, and the expected calibration error."""
    bins, error = reliability(ours.pooled("confidence").tolist(), ours.pooled("right").astype(bool).tolist())
    rows = [[f"{b.low:.1f}-{b.high:.1f}", str(b.count), f"{b.confidence:.3f}", f"{b.right:.3f}"] for b in bins]
    text = table(["confidence", "beats", "mean confidence", "share right"], rows)
    return f"{text}\n\nExpected calibration error: {number(error, '.3f')}."


def worst_table(clip_set: ClipSet, ours: TrackerResult) -> str:
    """The clips with the lowest F: where to look next."""
    order = [index for index in np.argsort(ours.values("f"), kind="stable") if not np.isnan(ours.scores[index].f)]
    rows = []
    for index in order[:TAIL]:
        clip, score = clip_set.clips[index], ours.scores[index]
        rows.append(
            [clip.audio.stem, clip.genre, clip.tempo_band, percent(score.f), percent(score.cmlt), percent(score.amlt)]
        )
    return table(["clip", "genre", "tempo", "F", "CMLt", "AMLt"], rows)


def ours_sections(clip_set: ClipSet) -> list[str]:
    """Everything said about our own tracker alone; nothing where it did not run."""
    ours = clip_set.result_of(OURS)
    if ours is None:
        return []
    parts = ["### Tactus in detail", "\n".join(feel_lines(ours))]
    if len({clip.genre for clip in clip_set.clips}) > 1:
        parts.append(genre_table(clip_set, ours))
    parts += [tempo_table(clip_set, ours), calibration_table(ours)]
    return [*parts, "Lowest F:", worst_table(clip_set, ours)]


def genre_table(clip_set: ClipSet, ours: TrackerResult) -> str:
    """By genre, the most frequent first; genres with a single clip are put together."""
    counts = Counter(clip.genre for clip in clip_set.clips)
    labels = [clip.genre if counts[clip.genre] > 1 else "others, one clip each" for clip in clip_set.clips]
    order = sorted(set(labels), key=lambda label: (-counts[label], label))
    return breakdown(clip_set, "genre", labels, order, ours)


def tempo_table(clip_set: ClipSet, ours: TrackerResult) -> str:
    """By annotated tempo, slow to fast."""
    labels = [clip.tempo_band for clip in clip_set.clips]
    by_tempo = sorted(clip_set.clips, key=lambda clip: np.nan_to_num(median_tempo(clip.beats), nan=np.inf))
    return breakdown(clip_set, "tempo", labels, list(dict.fromkeys(clip.tempo_band for clip in by_tempo)), ours)


def set_section(clip_set: ClipSet) -> str:
    minutes = sum(clip.duration_s for clip in clip_set.clips) / 60
    groups = len({clip.group for clip in clip_set.clips})
    title = f"## {clip_set.name}: {len(clip_set.clips)} clips, {minutes:.0f} minutes"
    if groups < len(clip_set.clips):
        title += f", {groups} songs or grooves"
    parts = [title, clip_set.described, accuracy_table(clip_set), timing_table(clip_set), *ours_sections(clip_set)]
    return "\n\n".join(parts)


def full_report(sets: list[ClipSet], notes: list[str], made_by: str, plots: list[tuple[str, str]]) -> str:
    """The text of REPORT.md. plots: caption and path relative to it."""
    ran = {result.name for clip_set in sets for result in clip_set.results}
    peers = [f"- {peer.title}: {peer.note}." for name, peer in PEERS.items() if name in ran]
    parts = ["# Accuracy", made_by, EXPLAINED, *map(set_section, sets)]
    parts += ["## Plots", *(f"![{caption}]({path})" for caption, path in plots)] if plots else []
    parts += ["## How the others are run", "\n".join(peers)] if peers else []
    parts += ["## Not as planned", "\n".join(f"- {note}" for note in notes)] if notes else []
    return "\n\n".join(part.strip() for part in parts) + "\n"


def summary(sets: list[ClipSet]) -> dict:
    """The tables' numbers by set and tracker: shares in [0, 1], milliseconds, seconds; None where not said."""

    def plain(value: float) -> float | None:
        return None if np.isnan(value) else round(float(value), 4)

    measures = ["f", "cmlt", "amlt", "downbeat_f", "early_f", "tempo_1", "tempo_2", "jumps_per_minute"]
    return {
        clip_set.name: {
            result.name: {
                **{measure: plain(result.mean(measure)) for measure in measures},
                "clips": len(result.scores),
                "late_ms": plain(median(result.pooled("errors_ms"))),
                "off_ms": plain(median(np.abs(result.pooled("errors_ms")))),
                "known_ms": plain(median(result.pooled("known_ms"))),
                "lock_s": plain(median(result.values("lock_s"))),
                "cpu_share": plain(result.cpu_share),
            }
            for result in clip_set.results
        }
        for clip_set in sets
    }
