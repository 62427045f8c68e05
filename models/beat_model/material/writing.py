"""A style's patterns -> a song's notes: form, drums with fills, bass lines and chord parts, all in beats."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from beat_model.material.accompany import BeatNote
from beat_model.material.harmony import Harmony
from beat_model.material.patterns import Style

DrumHit = tuple[float, str, float]  # beat, role, velocity 0..1
LEVELS = {"X": 0.95, "x": 0.75, "o": 0.35, "A": 0.75, "v": 0.5, "P": 0.8}


@dataclass
class Section:
    letter: str  # equal letters share patterns and harmony
    bars: int
    layers: frozenset[str]  # of: kick snare hat perc bass comp extra lead build
    energy: float = 0.7


@dataclass
class Song:
    style: Style
    sections: list[Section]
    swing: float
    push: bool  # chords arrive an eighth before the bar
    hits: list[DrumHit] = field(default_factory=list)

    @property
    def bars(self) -> int:
        return sum(section.bars for section in self.sections)

    def letters(self) -> list[tuple[str, int]]:
        return [(section.letter, section.bars) for section in self.sections]

    def starts(self) -> list[int]:
        return list(np.cumsum([0] + [section.bars for section in self.sections])[:-1])

    def swung(self, beats: np.ndarray) -> np.ndarray:
        """Beat positions with the second half of every pair of steps delayed (pairs of sixteenths: half a beat)."""
        if self.swing == 0.5:
            return beats
        pair = np.floor(beats * 2) / 2
        share = (beats - pair) * 2
        bent = np.where(share < 0.5, share * 2 * self.swing, self.swing + (share - 0.5) * 2 * (1 - self.swing))
        return pair + bent / 2


ALL = frozenset({"kick", "snare", "hat", "perc", "bass", "comp", "extra", "lead"})
DRUMS = frozenset({"kick", "snare", "hat", "perc"})


def _band_section(rng: np.random.Generator, letter: str, bars: int) -> Section:
    if letter == "intro":
        choice = rng.choice(["chords", "drums", "soft", "full"])
        layers = {"chords": {"comp"}, "drums": DRUMS, "soft": {"comp", "extra", "hat"}, "full": ALL - {"lead"}}[str(choice)]
        return Section(letter, int(rng.choice([2, 4, 4])), frozenset(layers), 0.5)
    if letter == "verse":
        missing = {"extra"} | ({"perc"} if rng.random() < 0.6 else set()) | ({"snare"} if rng.random() < 0.08 else set()) | ({"bass"} if rng.random() < 0.08 else set())
        return Section(letter, bars, ALL - missing, 0.65)
    if letter == "chorus":
        return Section(letter, bars, ALL, 0.95)
    quiet = DRUMS if rng.random() < 0.6 else {"snare", "perc"}  # bridge
    return Section(letter, min(bars, int(rng.choice([2, 4, 8]))), ALL - quiet - ({"bass"} if rng.random() < 0.3 else set()), 0.5)


def _club_section(rng: np.random.Generator, letter: str, bars: int) -> Section:
    layers = {
        "intro": DRUMS | {"bass"} if rng.random() < 0.5 else DRUMS,
        "verse": ALL - {"extra", "lead"},
        "break": frozenset({"comp", "extra", "lead"}) | ({"hat"} if rng.random() < 0.3 else set()),
        "build": frozenset({"comp", "extra", "build"}),
        "drop": ALL,
    }[letter]
    length = {"build": int(rng.choice([2, 4])), "break": int(rng.choice([4, 8]))}.get(letter, bars)
    return Section(letter, length, frozenset(layers), 0.95 if letter == "drop" else 0.7)


def make_form(rng: np.random.Generator, style: Style, bars: int) -> list[Section]:
    """At least `bars` bars of sections, beginning anywhere in the song's course."""
    size = int(rng.choice([4, 8, 8])) * (2 if style.beats == 2 else 1)
    if style.form == "plain":
        course = [Section(letter, size, ALL, energy) for letter, energy in (("A", 0.6), ("A", 0.7), ("B", 0.85), ("A", 0.65))]
    elif style.form == "club":
        course = [_club_section(rng, letter, size) for letter in ("intro", "verse", "break", "build", "drop", "drop", "break", "build", "drop", "verse")]
    else:
        course = [_band_section(rng, letter, size) for letter in ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus")]
    sections, total = [], 0
    at = 0 if rng.random() < 0.4 else int(rng.integers(len(course)))
    while total < bars:
        sections.append(course[at % len(course)])
        total += sections[-1].bars
        at += 1
    return sections


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return str(options[int(rng.integers(len(options)))]) if options else ""


def _steps(pattern: str, bar: int, length: int) -> str:
    """The part of a pattern for one bar; patterns longer than a bar go round."""
    if not pattern:
        return ""
    begin = (bar * length) % len(pattern)
    return pattern[begin : begin + length]


def _drum_set(rng: np.random.Generator, style: Style) -> list[tuple[str, str, str]]:
    """(layer, role, pattern) rows of one section letter."""
    snare = str(rng.choice(style.snare_role))
    rows = [("kick", "kick", _pick(rng, style.kick)), ("snare", snare, _pick(rng, style.snare)), ("hat", "hat_closed", _pick(rng, style.hat)), ("hat", "hat_open", _pick(rng, style.open))]
    if style.perc and rng.random() < 0.65:
        chosen = rng.choice(len(style.perc), size=min(len(style.perc), int(rng.integers(1, 3))), replace=False)
        rows += [("perc", style.perc[index][0], style.perc[index][1]) for index in chosen]
    return rows


def _chorus_variant(rng: np.random.Generator, style: Style, rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The same groove played bigger: another kick figure now and then, ride or open hat for the closed one."""
    swap = str(rng.choice(["hat_closed", "ride", "hat_open", "crash"], p=[0.45, 0.35, 0.15, 0.05])) if style.form == "band" else "hat_closed"
    out = []
    for layer, role, pattern in rows:
        if role == "kick" and rng.random() < 0.4:
            pattern = _pick(rng, style.kick)
        out.append((layer, swap if role == "hat_closed" else role, pattern))
    return out


def _fill(rng: np.random.Generator, beats: int, base: float, division: int) -> list[DrumHit]:
    """A run on snare and toms over the last one or two beats of a bar."""
    length = min(beats, int(rng.choice([1, 1, 2])))
    step = 1 / (division if division in (3, 6) else 4)
    if division == 6:
        step = 1 / 6
    roles = ["snare", "snare", "tom_high", "tom_mid", "tom_low"]
    hits, at, begin = [], 0.0, base + beats - length
    while at < length - 1e-6:
        if rng.random() < 0.8:
            role = roles[min(int(at / length * len(roles) + rng.random()), 4)]
            hits.append((begin + at, role, float(np.clip(0.6 + 0.3 * at / length + rng.normal(0, 0.06), 0.2, 1))))
        at += step
    return hits


def _roll(rng: np.random.Generator, beat: float) -> list[DrumHit]:
    count = int(rng.choice([6, 8]))
    return [(beat + index / count, "hat_closed", 0.4 + 0.3 * rng.random()) for index in range(count)]


def _build(section: Section, base: float, beats: int) -> list[DrumHit]:
    """Snare in quarters, eighths, sixteenths, rising, over the section's length; a kick on every beat."""
    hits, total = [], section.bars * beats
    for beat in range(total):
        share = beat / total
        per_beat = 1 if share < 0.5 else 2 if share < 0.75 else 4
        hits += [(base + beat + i / per_beat, "snare", 0.35 + 0.55 * share) for i in range(per_beat)]
        if share < 0.75:
            hits.append((base + beat, "kick", 0.7))
    return hits


def write_drums(rng: np.random.Generator, song: Song, rolls: bool) -> list[DrumHit]:
    style = song.style
    length = style.beats * style.division
    verse = _drum_set(rng, style)
    sets = {"chorus": _chorus_variant(rng, style, verse), "bridge": _chorus_variant(rng, style, verse), "B": _chorus_variant(rng, style, verse)}
    hits: list[DrumHit] = []
    drop_rate, fill_rate = rng.uniform(0, 0.06), (0.7 if style.machine < 0.9 else 0.3)
    for section, first in zip(song.sections, song.starts(), strict=True):
        rows = sets.get(section.letter, verse)
        if "build" in section.layers:
            hits += _build(section, first * style.beats, style.beats)
        playing = section.layers & DRUMS
        for bar in range(section.bars if playing else 0):
            base = (first + bar) * style.beats
            bar_hits = []
            for layer, role, pattern in rows:
                for step, mark in enumerate(_steps(pattern, bar, length) if layer in playing else ""):
                    if mark != "." and not (role != "kick" and rng.random() < drop_rate):
                        bar_hits.append((base + step / style.division, role, LEVELS[mark] * (0.75 + 0.25 * section.energy)))
            if rolls and "hat" in playing and rng.random() < 0.4:
                bar_hits += _roll(rng, base + int(rng.integers(style.beats)))
            if bar == section.bars - 1 and "snare" in playing and rng.random() < fill_rate:
                fill = _fill(rng, style.beats, base, style.division)
                if fill:
                    bar_hits = [hit for hit in bar_hits if hit[0] < fill[0][0] or hit[1] == "kick"] + fill
            if bar == 0 and "hat" in playing and first > 0 and rng.random() < 0.5:
                bar_hits.append((base, "crash", 0.85))
            hits += bar_hits
    return hits


def _bass_pitch(rng: np.random.Generator, mark: str, harmony: Harmony, bar: int, share: float, low: int) -> int:
    chord = harmony.at(bar, share)
    root = low + (chord.root - low) % 12
    third = chord.tones[1] if chord.tones[1] in (3, 4) else 7
    if mark == "a":
        return low + (harmony.at(bar + 1).root - low) % 12 + int(rng.choice([-1, 1, -2]))
    if mark == "w":
        return root + (0 if share == 0 else int(rng.choice([0, third, 7, 12, 9, 5, 2])))
    return root + {"R": 0, "5": 7, "8": 12, "3": third, "7": 10, "6": 9}[mark]


def write_bass(rng: np.random.Generator, song: Song, harmony: Harmony) -> list[BeatNote]:
    style = song.style
    length, low = style.beats * style.division, int(rng.integers(28, 36))
    by_letter = {letter: _pick(rng, style.bass) for letter in {section.letter for section in song.sections}}
    if rng.random() < 0.5:  # one figure for the whole song
        by_letter = dict.fromkeys(by_letter, next(iter(by_letter.values())))
    notes: list[BeatNote] = []
    for section, first in zip(song.sections, song.starts(), strict=True):
        for bar in range(section.bars if "bass" in section.layers else 0):
            text = _steps(by_letter[section.letter], bar, length)
            for step, mark in enumerate(text):
                if mark in ".-":
                    continue
                held = 1
                while step + held < length and text[step + held] == "-":
                    held += 1
                share = step / length
                ahead = song.push and step / style.division >= style.beats - 0.5 - 1e-6
                pitch = _bass_pitch(rng, mark, harmony, first + bar + ahead, 0.0 if ahead else share, low)
                notes.append(((first + bar) * style.beats + step / style.division, (held - 0.12) / style.division, pitch, float(np.clip(rng.normal(98 if step == 0 else 88, 5), 50, 120))))
    return notes


def write_chords(rng: np.random.Generator, song: Song, harmony: Harmony, layer: str, patterns: tuple[str, ...], centre: int) -> list[BeatNote]:
    """One chord part. layer: "comp" or "extra", decides in which sections it plays."""
    style = song.style
    length = style.beats * style.division
    main = _pick(rng, patterns)
    by_letter = {section.letter: main if rng.random() < 0.55 else _pick(rng, patterns) for section in song.sections}
    order = rng.permutation(4) if rng.random() < 0.4 else np.array([0, 1, 2, 3] if rng.random() < 0.6 else [0, 2, 1, 3])
    notes: list[BeatNote] = []
    for section, first in zip(song.sections, song.starts(), strict=True):
        text = by_letter[section.letter]
        for bar in range(section.bars if layer in section.layers and text else 0):
            count = 0
            for step, mark in enumerate(_steps(text, bar, length)):
                if mark == ".":
                    continue
                ahead = song.push and step / style.division >= style.beats - 0.5 - 1e-6
                changes = harmony.bars[min(first + bar, len(harmony.bars) - 1)] if mark == "P" else [None]
                for part in range(len(changes)):
                    share = part / len(changes) if mark == "P" else step / length
                    chord = harmony.at(first + bar + ahead, 0.0 if ahead else share)
                    tones = sorted(centre - 6 + (chord.root + tone - centre + 6) % 12 for tone in chord.tones[:4])
                    if mark == "A":
                        tones = [(tones + [tones[0] + 12])[order[count % 4] % (len(tones) + 1)]]
                    hold = style.beats / len(changes) if mark == "P" else 0.9 / style.division * (1.6 if mark in "XA" else 1.0)
                    start = (first + bar) * style.beats + (part * hold if mark == "P" else step / style.division)
                    level = 127 * LEVELS[mark] * (0.7 + 0.3 * section.energy)
                    notes += [(start, hold * 0.97, tone, float(np.clip(rng.normal(level, 4), 20, 124))) for tone in tones]
                count += 1
    return notes
