"""Scores of the music21 corpus as plain note lists in quarters, with a steady bar count.

Used: fiddle tunes (Ryan's Mammoth Collection, O'Neill's 1850, Aird's Airs) and Bach's chorales. The Essen folk songs
are left out: their licence file calls the legal status unclear and permits non-commercial use only. Parsed tunes are
kept in the cache.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from beat_model.material.item import cache_dir

COLLECTIONS = {"ryan": "ryansMammoth", "oneill": "oneills1850", "aird": "airdsAirs", "bach": "bach"}
# Kept for evaluation, under any title and in any collection.
RESERVED = re.compile(r"aldridge|belle *of *the *kitchen|bwv145-a", re.IGNORECASE)


class Unfit(ValueError):
    """A score whose bars cannot be counted safely."""


@dataclass
class Tune:
    name: str
    title: str
    kind: str  # "reel", "jig", "hornpipe", "strathspey", "waltz", "chorale", "slow air", "march", ...
    metre: str  # "6/8", as written ("2/2" for cut time)
    bar: float  # quarters
    length: float  # quarters from the first downbeat to the next possible one
    parts: list[list[tuple[float, float, int]]]  # (onset from the first downbeat, duration, MIDI pitch); < 0 = pickup
    sharps: int


@lru_cache(maxsize=1)
def index() -> dict[str, tuple[Path, int]]:
    """Name -> (file, number of the tune in it); reserved tunes are not listed."""
    import music21

    root = Path(music21.__file__).parent / "corpus"
    found = {}
    for short, folder in COLLECTIONS.items():
        for path in sorted((root / folder).glob("*")):
            if path.suffix == ".abc":
                for number, text in enumerate(_split(path)):
                    if not RESERVED.search(text) and not RESERVED.search(path.name):
                        found[f"{short}-{path.stem.lower()}-{number}"] = (path, number)
            elif path.suffix == ".mxl" and not RESERVED.search(path.name):
                found[f"{short}-{path.stem.lower()}"] = (path, 0)
    return {re.sub(r"[^a-z0-9.-]", "_", name): place for name, place in found.items()}


@lru_cache(maxsize=64)
def _split(path: Path) -> list[str]:
    """An ABC file as single tunes, in order."""
    return re.split(r"(?m)^(?=X: *\d)", path.read_text(errors="replace"))[1:]


def tune(name: str) -> Tune:
    """Parsed, or from the cache. Raises Unfit (also from the cache)."""
    store = cache_dir() / "sources" / "scores" / f"{name}.json"
    if store.exists():
        data = json.loads(store.read_text())
    else:
        try:
            data = asdict(_parse(name))
        except Unfit as reason:
            data = {"unfit": str(reason)}
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(json.dumps(data))
    if "unfit" in data:
        raise Unfit(data["unfit"])
    return Tune(**data)


def _parse(name: str) -> Tune:
    from music21 import converter, exceptions21

    path, number = index()[name]
    text = _split(path)[number] if path.suffix == ".abc" else ""
    try:
        score = converter.parseData(text, format="abc") if text else converter.parse(path)
    except (exceptions21.Music21Exception, ValueError, IndexError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise Unfit(f"does not parse: {type(error).__name__}") from error
    parts = [part for part in score.parts if text or part.partName in ("Soprano", "Alto", "Tenor", "Bass")]
    if not parts or (not text and len(parts) != 4):
        raise Unfit("not a single voice, nor a chorale in four")
    metre, bar = _metre(parts[0])
    first, end = _check_bars(parts[0], bar)
    notes = [_notes(part, first) for part in parts]
    if sum(map(len, notes)) < 30:
        raise Unfit("too short")
    keys = list(parts[0].recurse().getElementsByClass("KeySignature"))
    if len({key.sharps for key in keys}) > 1:
        raise Unfit("changes key")
    title = (re.search(r"(?m)^T: *(.+)$", text) or [name, name])[1].strip()
    return Tune(name, title, _kind(text, title, metre), metre, bar, _whole(end - first, bar, notes), notes, keys[0].sharps if keys else 0)


def _metre(part) -> tuple[str, float]:
    signatures = {signature.ratioString for signature in part.recurse().getElementsByClass("TimeSignature")}
    if len(signatures) != 1:
        raise Unfit("no metre, or several")
    metre = signatures.pop()
    if metre not in ("2/4", "4/4", "2/2", "3/4", "6/8", "9/8"):
        raise Unfit(f"metre {metre}")
    top, bottom = map(int, metre.split("/"))
    return metre, top * 4.0 / bottom


def _check_bars(part, bar: float) -> tuple[float, float]:
    """Offset of the first full bar and of the end. Every full bar must start a whole number of bars after it:
    a short bar before a repeat has to be completed by the pickup after it."""
    measures = list(part.getElementsByClass("Measure"))
    full = [measure for measure in measures if abs(measure.duration.quarterLength - bar) < 1e-6]
    if len(full) < 6 or part.recurse().getElementsByClass("RepeatExpression") or len(full) < 0.6 * len(measures):
        raise Unfit("too few full bars, or jumps")
    first = float(full[0].offset)
    if first >= bar:
        raise Unfit("does not start with a pickup or a bar")
    for measure in measures:
        if measure.duration.quarterLength > bar + 1e-6:
            raise Unfit("bar too long")
    for measure in full:
        place = (float(measure.offset) - first) / bar
        if abs(place - round(place)) > 1e-3:
            raise Unfit("a short bar restarts the count")
    return first, float(measures[-1].offset + measures[-1].duration.quarterLength)


def _notes(part, first: float) -> list[tuple[float, float, int]]:
    out = []
    for note in part.flatten().stripTies().notes:
        if note.quarterLength > 0:  # grace notes have none
            for pitch in note.pitches[-1:]:
                out.append((float(note.offset) - first, float(note.quarterLength), int(pitch.midi)))
    return sorted(out)


def _whole(length: float, bar: float, notes: list[list[tuple[float, float, int]]]) -> float:
    """Length in whole bars such that the pickup of the next turn fits after the last note."""
    bars = int(-(-(length - 1e-6) // bar))
    pickup = -min(voice[0][0] for voice in notes if voice)
    last = max(onset for voice in notes for onset, _, _ in voice)
    return (bars if bars * bar - max(0.0, pickup) > last - 1e-6 else bars + 1) * bar


def _kind(text: str, title: str, metre: str) -> str:
    """Type of tune: from its R: field or title, else from the metre."""
    if not text:
        return "chorale"
    said = " ".join(re.findall(r"(?m)^[RN]: *(.+)$", text)) + " " + title
    for word in ("slow", "hornpipe", "strathspey", "clog", "fling", "reel", "polka", "march", "waltz", "quick"):
        if re.search(word, said, re.IGNORECASE):
            return {"slow": "slow air", "clog": "hornpipe", "fling": "strathspey", "quick": "march"}.get(word, word)
    return {"6/8": "jig", "9/8": "slip jig", "3/4": "waltz", "2/4": "polka", "2/2": "reel"}.get(metre, "air")
