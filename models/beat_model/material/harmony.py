"""Chords and melodies: progressions that suit a style, and lead lines made of repeated, syncopated motifs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOTE_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_ROMAN = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
CHORD_TONES = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "M7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "dim": (0, 3, 6),
    "sus4": (0, 5, 7), "6": (0, 4, 7, 9), "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "5": (0, 7, 12)}  # fmt: skip
MAJOR, MINOR, BLUES, DORIAN = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 6, 7, 10), (0, 2, 3, 5, 7, 9, 10)

# Bars separated by spaces, two chords in a bar by "/". Lower case = minor.
PROGRESSIONS: dict[str, list[str]] = {
    "pop": ["I V vi IV", "vi IV I V", "I vi IV V", "I iii IV V", "IV I V vi", "I IV vi V", "i bVI bIII bVII", "I I IV V", "vi V IV V", "I V/vi IV I/V",
        "IV V iii vi", "i bVII bVI bVII", "ii7 V7 IM7 vi7", "I bVII IV I", "IM7 iii7 IVM7 V", "i iv bVI V"],
    "rock": ["I IV V IV", "I bVII IV I", "i bVII bVI V", "i bVI bVII i", "I I bVII IV", "i i bIII bVII", "I5 I5 IV5 V5", "i5 bIII5 IV5 bVI5", "I V bVII IV", "i bVII i bVII", "I V vi IV", "i iv i V"],
    "blues": ["I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7", "i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "I7 IV7 I7 V7", "I I IV V"],
    "jazz": ["ii7 V7 IM7 IM7", "IM7 vi7 ii7 V7", "iii7 vi7 ii7 V7", "IM7 IVM7 iii7/vi7 ii7/V7", "ii7 V7 IM7 vi7", "i7 iv7 ii7b5 V7", "IM7 I7 IVM7 iv7 iii7 vi7 ii7 V7", "I6 vi7 ii7 V7", "i7 i7 iv7 V7"],
    "latin": ["i iv V7 i", "I IV V7 I", "ii7 V7 IM7 IM7", "i bVII bVI V7", "I vi ii7 V7", "i7 iv7 bVII7 bIIIM7", "I V7 V7 I", "i V7 V7 i"],
    "modal": ["i i i i", "i7 i7 IV7 IV7", "i bVII i bVII", "i i bVI bVII", "I7 I7 I7 I7", "i7 i7 bVIM7 bVII", "i iv i iv", "i9 i9 iv7 v7", "i bIII bVII IV", "i i i bVI", "bVI bVII i i"],
    "folk": ["I I IV V7", "I IV I V7", "I V7 V7 I", "I I V7 I", "I IV V7 I", "I vi IV V7", "i bVII i V7", "I V7 I IV I V7 I I", "I IV I/V7 I"],
    "classical": ["I V vi iii IV I IV V", "i iv V i", "I IV V I", "i VI iv V", "I vi ii V", "i V i bVI iv i V i", "I V/V7 I IV"],
}  # fmt: skip


@dataclass(frozen=True)
class Chord:
    root: int  # pitch class
    quality: str

    @property
    def name(self) -> str:
        return NOTE_NAMES[self.root] + self.quality

    @property
    def tones(self) -> tuple[int, ...]:
        return CHORD_TONES[self.quality]


def _chord(text: str, tonic: int) -> Chord:
    body, offset = (text[1:], -1) if text.startswith("b") else (text, 0)
    size = max(size for size in range(1, 4) if body[:size].lower() in _ROMAN)
    numeral, suffix = body[:size], body[size:]
    minor = numeral.islower()
    quality = {"7b5": "m7b5"}.get(suffix, ("m" + suffix if minor and suffix in ("", "7", "9") else suffix))
    return Chord((tonic + _ROMAN[numeral.lower()] + offset) % 12, quality)


@dataclass
class Harmony:
    tonic: int
    scale: tuple[int, ...]
    bars: list[list[Chord]]  # one or two chords per bar

    def at(self, bar: int, share: float = 0.0) -> Chord:
        """Chord sounding at a share (0..1) of a bar; the song's last bar holds on."""
        chords = self.bars[min(bar, len(self.bars) - 1)]
        return chords[min(int(share * len(chords)), len(chords) - 1)]


def make_harmony(rng: np.random.Generator, style: str, sections: list[tuple[str, int]]) -> Harmony:
    """sections: (letter, bars) in song order; equal letters get equal progressions."""
    tonic = int(rng.integers(12))
    pool = PROGRESSIONS[style]
    by_letter: dict[str, list[list[Chord]]] = {}
    minor = False
    for letter in dict.fromkeys(letter for letter, _ in sections):
        text = str(rng.choice(pool))
        if not by_letter:
            minor = text.split()[0].lstrip("b").startswith("i")
        by_letter[letter] = [[_chord(part, tonic) for part in bar.split("/")] for bar in text.split()]
    # Slow harmony: some songs hold every chord for two bars.
    hold = 2 if style in ("modal", "latin", "rock") and rng.random() < 0.35 else 1
    bars = []
    for letter, count in sections:
        cycle = by_letter[letter]
        bars.extend(cycle[(index // hold) % len(cycle)] for index in range(count))
    scale = BLUES if style == "blues" else DORIAN if style == "modal" and minor else MINOR if minor else MAJOR
    return Harmony(tonic, scale, bars)


def _motif(rng: np.random.Generator, beats_per_bar: int, division: int, density: float, syncopation: float) -> list[tuple[float, float]]:
    """One bar of rhythm: (start, length) in beats on a grid of `division` steps per beat."""
    steps = beats_per_bar * division
    strong = np.array([1.0 if s == 0 else 0.8 if s % division == 0 else 0.45 if division % 2 == 0 and s % division == division // 2 else 0.2 for s in range(steps)])
    weights = strong * (1 - syncopation) + (1 - strong) * syncopation
    starts = [s for s in range(steps) if rng.random() < density * weights[s] * 1.6]
    starts = starts or [int(rng.integers(steps))]
    ends = starts[1:] + [steps]
    return [(start / division, min(end - start, rng.integers(1, 2 * division + 1)) / division * 0.95) for start, end in zip(starts, ends, strict=True)]


def _nearest(pitch: float, allowed: list[int]) -> int:
    return min(allowed, key=lambda candidate: abs(candidate - pitch))


def write_melody(rng: np.random.Generator, harmony: Harmony, sections: list[tuple[str, int]], beats_per_bar: int, division: int, centre: int) -> list[tuple[float, float, int, float]]:
    """Lead notes (start beat, length beats, pitch, velocity): two-bar motifs per section letter, varied, with rests."""
    density, syncopation = rng.uniform(0.35, 0.9), rng.uniform(0.0, 0.75)
    rhythms: dict[str, list] = {}
    contours: dict[str, np.ndarray] = {}
    notes, bar = [], 0
    for letter, count in sections:
        if letter not in rhythms:
            rhythms[letter] = [_motif(rng, beats_per_bar, division, density, syncopation) for _ in range(4)]
            contours[letter] = np.cumsum(rng.integers(-2, 3, 64))
        silent = letter in ("intro", "end", "break") and rng.random() < 0.7
        for index in range(count):
            if not silent and not (index % 4 == 3 and rng.random() < 0.5):
                notes.extend(_bar_of_melody(rng, harmony, bar, beats_per_bar, rhythms[letter][(index % 2) if index % 4 < 3 else 2], contours[letter], centre))
            bar += 1
    return notes


def _bar_of_melody(rng, harmony, bar, beats_per_bar, rhythm, contour, centre) -> list[tuple[float, float, int, float]]:
    scale = [octave * 12 + harmony.tonic + step for octave in range(2, 9) for step in harmony.scale]
    out = []
    for index, (start, length) in enumerate(rhythm):
        chord = harmony.at(bar, start / beats_per_bar)
        target = centre + 1.7 * contour[index % contour.size] + rng.normal(0, 0.5)
        target = centre + 9 * np.tanh((target - centre) / 9)
        tones = [octave * 12 + chord.root + tone for octave in range(2, 9) for tone in chord.tones[:4]]
        on_beat = abs(start - round(start)) < 1e-6
        pitch = _nearest(target, tones if on_beat or rng.random() < 0.3 else scale)
        out.append((bar * beats_per_bar + start, length, pitch, float(np.clip(rng.normal(92 if on_beat else 84, 9), 40, 120))))
    return out
