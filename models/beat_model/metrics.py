"""Tracked beats and annotated beats into a score: mir_eval's measures and those a lighting operator feels.

Times are seconds in the file. As mir_eval does, the accuracy measures skip the first 5 s; time to lock, jumps
and calibration look at the whole file. A measure that cannot be said is nan: no annotation, or a tracker
without bars.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mir_eval
import numpy as np

from beat_model.announcements import Tracked

SKIP_S = 5.0
WINDOW_S = 0.07
EARLY_S = (5.0, 12.0)
LOCK_BEATS = 4
JUMP_S = 0.04
TEMPO_TOLERANCE = 0.04
TEMPO_LEVELS = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)
NAN = float("nan")


@dataclass
class ClipScore:
    """One tracker on one clip. Shares in [0, 1]; lists are over beats, to be pooled over clips."""

    f: float
    cmlt: float
    amlt: float
    downbeat_f: float
    early_f: float  # F of 5-12 s
    tempo_1: float  # 1.0 or 0.0: median tempo within 4 %
    tempo_2: float  # the same, also at double, triple, half or third
    lock_s: float  # start of the first four right beats in a row; the clip's length if there are none
    locked: bool
    jumps_per_minute: float  # steps that differ from the announced period by more than 40 ms
    false_per_minute: float  # beats per minute where there is no music (no annotated beat in the whole clip)
    errors_ms: list[float] = field(default_factory=list)  # tracked - annotated, matched beats: positive is late
    known_ms: list[float] = field(default_factory=list)  # when known - annotated: negative is ahead
    leads_ms: list[float] = field(default_factory=list)  # time - announcedAt of first announcements
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)  # beside confidence: within 70 ms of an annotated beat
    too_late: int = 0  # beats that came, or moved, less than 100 ms ahead: not counted as beats

    @property
    def wrong_level(self) -> bool:
        """Steady, but at another octave or on the off-beat."""
        return self.amlt - self.cmlt > 0.5


def matches(reference: np.ndarray, tracked: np.ndarray, window_s: float = WINDOW_S) -> np.ndarray:
    """Largest one-to-one matching within the window. Returns indices (pairs, 2): reference, tracked."""
    if reference.size == 0 or tracked.size == 0:
        return np.zeros((0, 2), dtype=int)
    pairs = sorted(mir_eval.util.match_events(reference, tracked, window_s))
    return np.array(pairs, dtype=int).reshape(-1, 2)


def after_skip(times: np.ndarray) -> np.ndarray:
    """Times from 5 s on."""
    return mir_eval.beat.trim_beats(times, min_beat_time=SKIP_S)


def f_measure(reference: np.ndarray, tracked: np.ndarray) -> float:
    """F within ±70 ms; nan without annotated beats, 0 without tracked ones."""
    if reference.size == 0:
        return NAN
    return 0.0 if tracked.size == 0 else float(mir_eval.beat.f_measure(reference, tracked, WINDOW_S))


def continuity(reference: np.ndarray, tracked: np.ndarray) -> tuple[float, float]:
    """CMLt and AMLt: share of beats in right stretches, at the annotated level and at any allowed one."""
    if reference.size == 0:
        return NAN, NAN
    if reference.size < 2 or tracked.size < 2:
        return 0.0, 0.0
    _, cmlt, _, amlt = mir_eval.beat.continuity(reference, tracked)
    return float(cmlt), float(amlt)


def f_between(reference: np.ndarray, tracked: np.ndarray, start_s: float, end_s: float) -> float:
    """F of a stretch. Beats are matched over the whole clip first, so that the stretch's edges cost nothing."""
    pairs = matches(reference, tracked)
    wanted = (reference >= start_s) & (reference < end_s)
    said = (tracked >= start_s) & (tracked < end_s)
    if not wanted.any():
        return NAN
    if not said.any():
        return 0.0
    recall = wanted[pairs[:, 0]].sum() / wanted.sum()
    precision = said[pairs[:, 1]].sum() / said.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def downbeat_f(reference: np.ndarray, reference_bars: np.ndarray, tracked: Tracked) -> float:
    """F of the downbeats after 5 s; nan where either side does not know bars."""
    if tracked.bars is None or not np.any(reference_bars == 1):
        return NAN
    return f_measure(after_skip(reference[reference_bars == 1]), after_skip(tracked.times[tracked.bars == 1]))


def median_tempo(beats: np.ndarray) -> float:
    """Beats per minute from the median step, nan below two beats."""
    return float(60.0 / np.median(np.diff(beats))) if beats.size > 1 else NAN


def tempo_right(reference_bpm: float, tracked_bpm: float, levels: tuple[float, ...]) -> float:
    """1.0 if the tempo is within 4 % of the reference at one of the levels; nan without a reference."""
    if np.isnan(reference_bpm):
        return NAN
    ratios = tracked_bpm / (reference_bpm * np.array(levels))
    return float(np.any(np.abs(ratios - 1.0) <= TEMPO_TOLERANCE))  # a nan compares as wrong


def time_to_lock(reference: np.ndarray, tracked: np.ndarray) -> float | None:
    """Time of the first of four tracked beats in a row that are right, consecutive in both lists; None if never."""
    if reference.size < LOCK_BEATS:
        return None
    for first in range(tracked.size - LOCK_BEATS + 1):
        nearest = int(np.argmin(np.abs(reference - tracked[first])))
        expected = reference[nearest : nearest + LOCK_BEATS]
        run = tracked[first : first + LOCK_BEATS]
        if expected.size == LOCK_BEATS and np.all(np.abs(run - expected) <= WINDOW_S):
            return float(max(0.0, tracked[first]))
    return None


def count_jumps(tracked: Tracked) -> float:
    """Beats whose step from the one before is more than 40 ms off the announced period; nan without tempo."""
    if tracked.bpm is None:
        return NAN
    steps, bpm = np.diff(tracked.times), tracked.bpm[1:]
    said = bpm > 0
    return float(np.sum(np.abs(steps[said] - 60.0 / bpm[said]) > JUMP_S))


def rightness(reference: np.ndarray, tracked: Tracked) -> tuple[list[float], list[bool]]:
    """Confidence of each beat and whether it was right, as far as the annotation speaks (± half a beat)."""
    if tracked.confidence is None or reference.size < 2:
        return [], []
    right = np.zeros(tracked.times.size, dtype=bool)
    right[matches(reference, tracked.times)[:, 1]] = True
    margin = np.median(np.diff(reference)) / 2
    spoken = (tracked.times >= reference[0] - margin) & (tracked.times <= reference[-1] + margin)
    return tracked.confidence[spoken].tolist(), right[spoken].tolist()


def in_order(tracked: Tracked) -> Tracked:
    """The same beats sorted by time, without those before the start of the file."""
    order = np.argsort(tracked.times, kind="stable")
    order = order[tracked.times[order] >= 0.0]

    def pick(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.asarray(values)[order]

    return Tracked(
        times=tracked.times[order],
        bars=pick(tracked.bars),
        known_at=pick(tracked.known_at),
        bpm=pick(tracked.bpm),
        confidence=pick(tracked.confidence),
        leads=tracked.leads,
        too_late=tracked.too_late,
    )


def score_clip(reference: np.ndarray, reference_bars: np.ndarray, tracked: Tracked, duration_s: float) -> ClipScore:
    """Annotated beats (seconds, beat in bar or 0), one tracker's beats and the clip's length -> its score."""
    tracked = in_order(tracked)
    annotated, said = after_skip(reference), after_skip(tracked.times)
    cmlt, amlt = continuity(annotated, said)
    reference_bpm, tracked_bpm = median_tempo(annotated), median_tempo(said)
    lock_s = time_to_lock(reference, tracked.times)
    pairs = matches(annotated, said)
    known_at = None if tracked.known_at is None else tracked.known_at[tracked.times >= SKIP_S]
    confidence, right = rightness(reference, tracked)
    minutes = duration_s / 60.0
    has_music = reference.size > 0
    return ClipScore(
        f=f_measure(annotated, said),
        cmlt=cmlt,
        amlt=amlt,
        downbeat_f=downbeat_f(reference, reference_bars, tracked),
        early_f=f_between(reference, tracked.times, *EARLY_S),
        tempo_1=tempo_right(reference_bpm, tracked_bpm, TEMPO_LEVELS[:1]),
        tempo_2=tempo_right(reference_bpm, tracked_bpm, TEMPO_LEVELS),
        lock_s=(duration_s if lock_s is None else lock_s) if has_music else NAN,
        locked=lock_s is not None,
        jumps_per_minute=count_jumps(tracked) / minutes,
        false_per_minute=NAN if has_music else tracked.times.size / minutes,
        errors_ms=(1000.0 * (said[pairs[:, 1]] - annotated[pairs[:, 0]])).tolist(),
        known_ms=[] if known_at is None else (1000.0 * (known_at[pairs[:, 1]] - annotated[pairs[:, 0]])).tolist(),
        leads_ms=[] if tracked.leads is None else (1000.0 * tracked.leads).tolist(),
        confidence=confidence,
        right=right,
        too_late=tracked.too_late,
    )


@dataclass
class ReliabilityBin:
    low: float  # confidence from
    high: float  # to, exclusive except in the last bin
    count: int
    confidence: float  # mean in the bin
    right: float  # share of right beats in the bin


def reliability(confidence: list[float], right: list[bool], bins: int = 10) -> tuple[list[ReliabilityBin], float]:
    """Reliability table of the non-empty bins, and the expected calibration error in [0, 1] (nan without beats)."""
    said, truth = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    place = np.clip((said * bins).astype(int), 0, bins - 1)
    table = []
    for index in np.unique(place):
        inside = place == index
        mean, share = float(said[inside].mean()), float(truth[inside].mean())
        table.append(ReliabilityBin(index / bins, (index + 1) / bins, int(inside.sum()), mean, share))
    if not table:
        return [], NAN
    return table, float(sum(row.count * abs(row.confidence - row.right) for row in table) / said.size)


def bootstrap_interval(values: np.ndarray, groups: list[str], rounds: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean over clips, nan values left out, in the unit of the values.

    Groups, not clips, are drawn: clips of one song are not independent.
    """
    keep = ~np.isnan(values)
    values, labels = values[keep], np.asarray(groups)[keep]
    if values.size == 0:
        return NAN, NAN
    _, place = np.unique(labels, return_inverse=True)
    sums, counts = np.bincount(place, weights=values), np.bincount(place)
    draws = np.random.default_rng(seed).integers(0, counts.size, (rounds, counts.size))  # (rounds, groups)
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
