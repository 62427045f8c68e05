"""`tactus track --format jsonl` into the beats a rig would have seen, as they stood when they froze."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FREEZE_S = 0.1  # accuracy is scored on the state in force this long before a beat falls
STATES = ("announced", "revised", "final", "withdrawn")
_ROUNDING_S = 2e-4  # both times are printed to 0.1 ms: exactly 100 ms ahead must stay 100 ms ahead


@dataclass(frozen=True)
class Announcement:
    """One line of the stream. A beat has one or more, with the same beat_id and rising rev."""

    beat_id: str
    rev: int
    state: str  # one of STATES
    time: float  # seconds in the file at which the beat falls
    beat_in_bar: int  # 1 = downbeat, 0 = unknown
    announced_at: float  # stream time at which it was sent, seconds
    bpm: float
    confidence: float  # [0, 1]


@dataclass
class Tracked:
    """Beats of one file by any tracker, in order of time. None: this tracker does not say."""

    times: np.ndarray  # (n,) seconds
    bars: np.ndarray | None = None  # (n,) 1 = downbeat, 0 = unknown
    known_at: np.ndarray | None = None  # (n,) stream time at which the beat was known as it is here, seconds
    bpm: np.ndarray | None = None  # (n,)
    confidence: np.ndarray | None = None  # (n,) [0, 1]
    leads: np.ndarray | None = None  # (m,) seconds, first announcement of every beat, also of those not in times
    too_late: int = 0  # beats announced or moved to less than FREEZE_S ahead and not withdrawn: not in times


def parse_announcement(line: str) -> Announcement:
    """One JSON object. Raises ValueError naming what is wrong with it."""
    try:
        row = json.loads(line)
        announcement = Announcement(
            beat_id=str(row["beatId"]),
            rev=int(row["rev"]),
            state=row["state"],
            time=float(row["time"]),
            beat_in_bar=int(row["beatInBar"] or 0),
            announced_at=float(row["announcedAt"]),
            bpm=float(row["bpm"] or 0.0),
            confidence=float(row["confidence"] or 0.0),
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"Not an announcement ({type(error).__name__}: {error}): {line[:120]}") from error
    if announcement.state not in STATES:
        raise ValueError(f"Unknown state {announcement.state!r}: {line[:120]}")
    return announcement


def read_announcements(path: Path) -> list[Announcement]:
    """A .jsonl file -> its announcements in the order of sending."""
    announcements = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            announcements.append(parse_announcement(line))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error
    return announcements


def as_it_stood(history: list[Announcement], freeze_s: float = FREEZE_S) -> Announcement | None:
    """What a rig did about one beat: the first of its announcements that was in force when its own time froze.

    An announcement freezes at its own `time - freeze_s`. It stood if it had been sent by then and nothing had
    replaced it yet; what comes afterwards is too late to matter. Hence
    - a revision sent before the freeze replaces the time, one sent after it is ignored, a withdrawal likewise;
    - a beat first announced, or moved, to less than freeze_s ahead was not there in time: None;
    - a withdrawn beat may be announced again.
    """
    ordered = sorted(history, key=lambda announcement: announcement.rev)  # stable: "final" may keep its rev
    for index, announcement in enumerate(ordered):
        freezes_at = announcement.time - freeze_s
        sent_in_time = announcement.announced_at <= freezes_at + _ROUNDING_S
        replaced_at = ordered[index + 1].announced_at if index + 1 < len(ordered) else np.inf
        if announcement.state != "withdrawn" and sent_in_time and replaced_at > freezes_at + _ROUNDING_S:
            return announcement
    return None


def beats_as_they_stood(announcements: Iterable[Announcement], freeze_s: float = FREEZE_S) -> Tracked:
    """All announcements of one file -> the beats a rig saw, ordered by time."""
    histories: dict[str, list[Announcement]] = {}
    for announcement in announcements:
        histories.setdefault(announcement.beat_id, []).append(announcement)
    outcomes = [as_it_stood(history, freeze_s) for history in histories.values()]
    stood = sorted((beat for beat in outcomes if beat), key=lambda beat: beat.time)
    missing = [history for history, beat in zip(histories.values(), outcomes, strict=True) if beat is None]
    leads = np.array([history[0].time - history[0].announced_at for history in histories.values()])
    return Tracked(
        times=np.array([beat.time for beat in stood], dtype=float),
        bars=np.array([beat.beat_in_bar for beat in stood], dtype=int),
        known_at=np.array([beat.announced_at for beat in stood], dtype=float),
        bpm=np.array([beat.bpm for beat in stood], dtype=float),
        confidence=np.array([beat.confidence for beat in stood], dtype=float),
        leads=leads,
        too_late=sum(history[-1].state != "withdrawn" for history in missing),
    )
