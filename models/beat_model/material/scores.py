"""Written music of the music21 corpus, played with a band's timing: fiddle tunes, marches, waltzes, chorales.

The tempo follows the convention of the type of tune, and so does the beat: what dancers step to, not the metre's
denominator. Half of the tunes get bass, chords and light percussion made here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from beat_model.material.attack import start_early
from beat_model.material.export import export
from beat_model.material.item import ItemMeta, rng_for
from beat_model.material.midi_render import FONTS, Track, draw_font, render_tracks
from beat_model.material.negatives import with_ending
from beat_model.material.timing import TempoMap, beat_times, tempo_curve
from beat_model.material.tunes import Tune, Unfit, index, tune

SOURCE = "scores"
ITEM_S = 50.0
SHARES = {"ryan": 0.48, "oneill": 0.24, "aird": 0.1, "bach": 0.18}
LICENCES = {
    "ryan": "public domain tunes; encoded by J. Chambers, distributed with permission in music21",
    "oneill": "public domain tunes; encodings distributed with permission in music21",
    "aird": "public domain tunes; encoded by J. Campin, distributed with permission in music21",
    "bach": "public domain; encodings distributed with permission in music21",
}


@dataclass(frozen=True)
class Feel:
    beat: float  # quarters
    bpm: tuple[float, float]


def feel_of(piece: Tune) -> Feel:
    """Beat and range of tempo by the custom of the dance."""
    kind, metre = piece.kind, piece.metre
    if metre in ("6/8", "9/8"):
        return Feel(1.5, (56, 76) if kind == "slow air" else (96, 114) if kind == "march" else (102, 124))
    if kind == "chorale":
        return Feel(1.0, (60, 84))
    if kind == "slow air":
        return Feel(1.0, (60, 82))
    if metre == "3/4":
        return Feel(1.0, (96, 150))
    long_bar = piece.bar == 4.0
    if kind in ("reel", "hornpipe"):
        return Feel(2.0 if long_bar else 1.0, (96, 118) if kind == "reel" else (74, 94))
    if kind in ("strathspey", "air"):
        return Feel(1.0, (104, 136) if kind == "strathspey" else (84, 116))
    if kind == "march":
        return Feel(2.0 if metre == "2/2" else 1.0, (88, 112) if metre == "2/2" else (98, 118))
    quick = np.median([length for voice in piece.parts for _, length, _ in voice]) < 0.4
    return Feel(1.0, (92, 112) if quick else (108, 132))


def is_dev(piece: Tune) -> bool:
    """By title, so that a tune and its namesakes in other collections stay on one side."""
    return int(hashlib.sha256(_plain(piece).encode()).hexdigest(), 16) % 24 == 0


def _plain(piece: Tune) -> str:
    words = re.sub(r"\b(reel|jig|hornpipe|strathspey|march|waltz|air|polka|clog|the|a|no\w*)\b", "", piece.title.lower().split("--")[0])
    return re.sub(r"[^a-z0-9]", "", words) or piece.name


def plan(seed: int, hours: float) -> list[str]:
    """Fit tunes with different titles, collections mixed in fixed shares."""
    wanted = int(hours * 3600 / ITEM_S)
    names: list[str] = []
    titles: set[str] = set()
    for collection, share in SHARES.items():
        pool = sorted(name for name in index() if name.split("-")[0] == collection)
        goal = len(names) + round(wanted * share)
        for place in rng_for(seed, SOURCE, f"plan {collection}").permutation(len(pool)):
            if len(names) >= goal:
                break
            try:
                piece = tune(pool[place])
            except Unfit:
                continue
            if _plain(piece) not in titles:
                titles.add(_plain(piece))
                names.append(pool[place])
    return names


MELODY = (40, 40, 40, 73, 72, 21, 74, 75, 105, 71, 24, 25, 0, 22, 15, 46, 109, 110, 68)
CHORDS = (25, 25, 24, 0, 21, 105, 46, 6, 16)
BASS = (32, 33, 43, 58, 32)
CHOIRS = ((52,) * 4, (19,) * 4, (48,) * 4, (0,) * 4, (56, 60, 57, 58), (73, 68, 71, 70), (40, 41, 42, 43), (16,) * 4)


class Player:
    """Turns positions in beats into played notes: one tempo, a personal unsteadiness, accents on the beats."""

    def __init__(self, rng: np.random.Generator, tempo: TempoMap):
        self.rng, self.tempo = rng, tempo
        self.spread = float(rng.uniform(0.002, 0.012))

    def track(self, stem: str, program: int, rows: list[tuple[float, float, int, float]]) -> Track:
        """rows: (position, length in beats, pitch, velocity 0..1)."""
        table = np.array(sorted(rows), np.float64)
        start = self.tempo.seconds(table[:, 0])
        length = self.tempo.seconds(table[:, 0] + table[:, 1]) - start
        start = start + np.clip(self.rng.normal(0, self.spread, start.size), -0.025, 0.025)
        velocity = np.clip(127 * table[:, 3] * self.rng.normal(1, 0.07, start.size), 8, 127)
        notes = np.stack([start, np.maximum(0.04, 0.94 * length), table[:, 2], velocity], axis=1)
        return Track(stem, program, notes[start >= 0])


def _melody(piece: Tune, voice: int, feel: Feel, turns: int, lilt: float) -> list[tuple[float, float, int, float]]:
    """One voice, played `turns` times on end. lilt moves a dotted quaver pair towards triplets (0 = as written)."""
    rows = []
    for turn in range(turns):
        for onset, length, pitch in piece.parts[voice]:
            within = onset - np.floor(onset)
            soft = -lilt * (0.75 - 2 / 3) if abs(within - 0.75) < 1e-3 else 0.0
            at = (turn * piece.length + onset + soft) / feel.beat
            strength = 0.78 if abs(at % (piece.bar / feel.beat)) < 1e-3 else 0.7 if abs(at - round(at)) < 1e-3 else 0.6
            rows.append((at, length / feel.beat, pitch, strength))
    return rows


def _harmony(piece: Tune, step: float) -> list[tuple[int, int]]:
    """(root pitch class, third) for each `step` quarters of a turn: the diatonic triad that fits the notes best."""
    tonic = (7 * piece.sharps) % 12
    triads = {0: (4, 0.5), 2: (3, 0.1), 5: (4, 0.35), 7: (4, 0.4), 9: (3, 0.25)}
    chosen: list[tuple[int, int]] = []
    for k in range(int(round(piece.length / step))):
        best, best_score = (tonic, 4), -1.0
        for degree, (third, prior) in triads.items():
            root = (tonic + degree) % 12
            tones = {root, (root + third) % 12, (root + 7) % 12}
            fit = sum(
                max(0.0, min(onset + length, (k + 1) * step) - max(onset, k * step))
                for onset, length, pitch in piece.parts[0] if pitch % 12 in tones
            )  # fmt: skip
            score = fit / step + 0.3 * prior + (0.08 if chosen and chosen[-1][0] == root else 0)
            if score > best_score:
                best, best_score = (root, third), score
        chosen.append(best)
    return chosen


def _accompaniment(rng: np.random.Generator, player: Player, piece: Tune, feel: Feel, turns: int) -> list[Track]:
    per_bar = int(round(piece.bar / feel.beat))
    step = piece.bar if per_bar == 3 or rng.random() < 0.4 else piece.bar / 2
    chords = _harmony(piece, step)
    beats = int(round(turns * piece.length / feel.beat))
    bass, chord, drums = [], [], []
    # Where the chord answers the bass: on the other beats, or between the beats.
    answer = 0.0 if per_bar == 3 else float(rng.choice([0.5, 0.5, 0.0])) if feel.beat != 1.5 else 2 / 3
    kit = int(rng.integers(0, 3)) if rng.random() < 0.65 else -1
    for beat in range(beats):
        root, third = chords[int(beat * feel.beat / step + 1e-6) % len(chords)]
        place = beat % per_bar
        low = 36 + (root - 36) % 12
        if place == 0 or answer > 0:
            bass.append((beat, 0.8, low if place == 0 or rng.random() < 0.6 else low - 5, 0.75))
        if answer > 0 or place > 0:
            chord += [(beat + answer, 0.35 if answer else 0.7, 52 + (root + k - 52) % 12, 0.5) for k in (0, third, 7)]
        if kit >= 0:
            drums += _percussion(kit, beat, place, per_bar, feel)
    tracks = [player.track("bass", int(rng.choice(BASS)), bass), player.track("other", int(rng.choice(CHORDS)), chord)]
    return tracks + ([player.track("drums", 0, drums)] if drums else [])


def _percussion(kit: int, beat: int, place: int, per_bar: int, feel: Feel) -> list[tuple[float, float, int, float]]:
    """Frame drum and shaker; small drum kit; tambourine."""
    if kit == 0:
        inner = (1 / 3, 2 / 3) if feel.beat == 1.5 else (0.5,)
        return [(beat, 0.2, 41, 0.7 if place == 0 else 0.55)] + [(beat + k, 0.2, 70, 0.35) for k in inner]
    if kit == 1:
        back = place > 0 if per_bar == 3 else place % 2 == 1
        return [(beat, 0.2, 42, 0.4), (beat, 0.2, 38 if back else 36, 0.45 if back else 0.75)]
    return [(beat, 0.2, 54, 0.55 if place else 0.4), (beat + (2 / 3 if feel.beat == 1.5 else 0.5), 0.2, 54, 0.3)]


def render(name: str, seed: int) -> None:
    """One tune, played over until 40-60 s are full."""
    rng, piece = rng_for(seed, SOURCE, name), tune(name)
    feel, dev = feel_of(piece), is_dev(piece)
    duration = 40.5 if dev else float(rng.uniform(40, 60))
    bpm = float(rng.uniform(*feel.bpm))
    turn_s = piece.length / feel.beat * 60 / bpm
    # Half of the items begin inside the tune.
    start = -float(rng.uniform(0, turn_s)) if rng.random() < 0.5 else float(rng.uniform(0.1, 1.5)) + piece.bar / feel.beat * 60 / bpm
    turns = int((duration - start) / turn_s) + 2
    beats_total = int(turns * piece.length / feel.beat) + 8
    tempo = TempoMap(tempo_curve(rng, bpm, beats_total), start)
    tracks = _band(rng, Player(rng, tempo), piece, feel, turns)
    font = draw_font(rng, "dev" if dev else "train")
    start_early(tracks, font)
    stems = render_tracks([track for track in tracks if track.notes.size], font, duration)
    per_bar = int(round(piece.bar / feel.beat))
    pickup = min(voice[0][0] for voice in piece.parts if voice) / feel.beat
    beats, place = beat_times(tempo, per_bar, duration, first_beat=int(np.ceil(min(0.0, pickup) - 1e-6)))
    if not dev and rng.random() < 0.15:
        stems, beats, place = with_ending(rng, stems, beats, place)
    meta = ItemMeta(
        source=SOURCE, name=name, group=_plain(piece), split="dev" if dev else "train",
        licence=f"{LICENCES[name.split('-')[0]]}; {font} {FONTS[font].licence}", label="exact", genre=piece.kind,
        beats_per_bar=per_bar, seed=seed, notes=f"{piece.title}, {piece.metre}, {len(tracks)} instruments",
    )  # fmt: skip
    export(meta, stems, beats, place.astype(np.int8), rng, wet_count=0 if dev else 1)


def _band(rng: np.random.Generator, player: Player, piece: Tune, feel: Feel, turns: int) -> list[Track]:
    if piece.kind == "chorale":
        programs = CHOIRS[rng.integers(len(CHOIRS))]
        return [
            player.track("lead" if voice == 0 else "bass" if voice == 3 else "other", program, _melody(piece, voice, feel, turns, 0))
            for voice, program in enumerate(programs)
        ]
    lilt = float(rng.uniform(0, 1)) if piece.kind == "hornpipe" else 0.0
    rows = _melody(piece, 0, feel, turns, lilt)
    tracks = [player.track("lead", int(program), rows) for program in rng.choice(MELODY, int(rng.integers(1, 4)), replace=False)]
    return tracks + (_accompaniment(rng, player, piece, feel, turns) if rng.random() < 0.55 else [])
