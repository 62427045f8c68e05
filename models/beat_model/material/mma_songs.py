"""Songs from the groove library of MMA (Musical MIDI Accompaniment): its drums and band, our chords, form, melody and timing."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from beat_model.material import accompany, drum_samples, harmony, midi_render, wet
from beat_model.material.genres import GENRES, draw_tempo, genre_of_file
from beat_model.material.item import ItemMeta, cache_dir, rng_for
from beat_model.material.timing import TempoMap, beat_times, tempo_curve

SOURCE = "mma"
LIBRARY = Path("/usr/share/mma/lib")
FOLDERS = ("stdlib", "casio", "zoom", "pflib")
TICKS = 192  # MMA ticks per notated quarter
DEV_SONGS = 60

# Kept for independent evaluation, with all of yamaha/, kara/ and alexis/: never rendered here.
RESERVED = frozenset("""68march 68swing bebop blues68 boneym bossanova bvfunk countrywaltz dsoul frenchwaltz gypsyjazz hillcountry jazz-54
    jazzwaltz lullaby mambo march merengue polka rb rock-128 salsa ska slowjazz tango trance vienesewaltz zydeco""".split())  # of stdlib

# Only for development songs.
DEV_FILES = frozenset("""stdlib/8beat stdlib/folkrock stdlib/softrock stdlib/pianoballad stdlib/easyswing stdlib/modernjazzwaltz stdlib/rockwaltz
    stdlib/beguine stdlib/blues128 stdlib/slowcountry casio/16beat2 casio/80spop casio/dancepop2 casio/funk2 casio/house casio/rock2 casio/68ballad
    casio/mellowrb zoom/hrk zoom/rnb zoom/techno pflib/8beat2""".split())  # fmt: skip

_INTRO, _FILL, _END = re.compile(r"Intro", re.I), re.compile(r"Fill|F[AB]$"), re.compile(r"End|\dE$|fiveE$|rockE$")


@dataclass(frozen=True)
class GrooveFile:
    folder: str
    stem: str
    genre: str
    grooves: dict[str, float]  # name -> notated quarters per bar

    def pick(self, pattern: re.Pattern | None, quarters: float) -> list[str]:
        """Grooves with this bar length that match the pattern, or (None) that are neither intro, fill nor ending."""
        special = (_INTRO, _FILL, _END)
        fits = [name for name, length in self.grooves.items() if length == quarters]
        return [name for name in fits if (pattern.search(name) if pattern else not any(p.search(name) for p in special))]


def allowed(folder: str, stem: str) -> bool:
    return folder in FOLDERS and not (folder == "stdlib" and stem in RESERVED) and genre_of_file(folder, stem) is not None


def _run_mma(source: str, output: Path | None = None) -> str:
    """Run MMA on a text; without an output only its messages are wanted."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mma"
        path.write_text(source)
        command = ["mma", "-w", "-f", str(output), str(path)] if output else ["mma", "-w", "-n", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": folder})
    if done.returncode != 0:
        raise RuntimeError(f"mma: {done.stdout.strip()[-300:]} {done.stderr.strip()[-200:]}")
    return done.stdout


def _bar_lengths(folder: str, stem: str) -> dict[str, float]:
    """Groove name -> notated quarters per bar, as MMA itself sees it (the signature in the files is sometimes wrong)."""
    text = (LIBRARY / folder / f"{stem}.mma").read_text(errors="replace")
    names = list(dict.fromkeys(re.findall(r"^\s*DefGroove\s+(\S+)", text, re.M | re.I)))
    script = "".join(f"Groove {folder}/{stem}:{name}\nPrint LENGTH {name} $_Time\n" for name in names)
    printed = dict(re.findall(r"LENGTH (\S+) ([\d.]+)", _run_mma(script)))
    return {name: float(printed[name]) for name in names if name in printed}


@functools.cache
def catalogue() -> dict[str, GrooveFile]:
    """Every usable groove file by "folder/stem". Scanned once (seconds), then kept beside the items."""
    path = cache_dir() / "mma-grooves.json"
    if not path.is_file():
        found = {}
        for folder in FOLDERS:
            for file in sorted((LIBRARY / folder).glob("*.mma")):
                if allowed(folder, file.stem):
                    found[f"{folder}/{file.stem}"] = _bar_lengths(folder, file.stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(found))
        os.replace(partial, path)
    entries = json.loads(path.read_text())
    files = {}
    for key, grooves in entries.items():
        folder, stem = key.split("/", 1)
        if allowed(folder, stem):
            files[key] = GrooveFile(folder, stem, genre_of_file(folder, stem), grooves)
    return files


def plan(seed: int, hours: float) -> list[str]:
    """Names "t0001__folder__stem": dev songs first, then training songs balanced by genre weight, then by file."""
    rng = rng_for(seed, SOURCE, "plan")
    files = catalogue()
    dev, train = sorted(DEV_FILES & files.keys()), sorted(files.keys() - DEV_FILES)
    names = [f"d{index:04d}__{dev[index % len(dev)].replace('/', '__')}" for index in range(DEV_SONGS)]
    by_genre: dict[str, list[str]] = {}
    for key in train:
        by_genre.setdefault(files[key].genre, []).append(key)
    genres = sorted(by_genre)
    # More files in a genre are more variety, so they earn songs too.
    weights = np.array([GENRES[genre].weight * len(by_genre[genre]) ** 0.35 for genre in genres])
    queues = {genre: [] for genre in genres}
    for index in range(int(hours * 3600 / 50)):
        genre = str(rng.choice(genres, p=weights / weights.sum()))
        if not queues[genre]:
            queues[genre] = list(rng.permutation(by_genre[genre]))
        names.append(f"t{index:04d}__{queues[genre].pop().replace('/', '__')}")
    return names


@dataclass
class Form:
    sections: list[tuple[str, int]]  # (letter, bars)
    grooves: list[str]  # one per bar
    drumless: list[tuple[int, int]]  # bar ranges without drums


def _form(rng: np.random.Generator, file: GrooveFile, bars: int) -> tuple[Form, float]:
    """Intro, verses and choruses of 8 bars (or 4) with fills and a few breaks, and the bar length in quarters."""
    lengths = sorted({length for name, length in file.grooves.items() if name in file.pick(None, length)})
    quarters = float(lengths[int(rng.integers(len(lengths)))])
    mains = file.pick(None, quarters)
    first = str(rng.choice(mains))
    second = str(rng.choice(mains)) if rng.random() < 0.7 else first
    intros, fills = file.pick(_INTRO, quarters), file.pick(_FILL, quarters)
    form = Form([], [], [])
    if intros and rng.random() < 0.4:
        form.sections.append(("intro", 4))
        form.grooves += [str(rng.choice(intros))] * 4
    size = int(rng.choice([4, 8, 8, 8, 12] if file.genre.startswith("blues") else [4, 8, 8]))
    order = str(rng.choice(["AABA", "ABAB", "AB", "AAB", "ABAC"]))
    while len(form.grooves) < bars:
        letter = order[(len(form.sections)) % len(order)]
        begin = len(form.grooves)
        form.sections.append((letter, size))
        form.grooves += [first if letter == "A" else second] * size
        if fills and rng.random() < 0.5:
            form.grooves[-1] = str(rng.choice(fills))
        if rng.random() < 0.12 and begin > 0:
            form.drumless.append((begin, begin + int(rng.choice([2, 4, size]))))
    return form, quarters


def _script(rng: np.random.Generator, file: GrooveFile, form: Form, quarters: float, chords: harmony.Harmony, bpm: float) -> str:
    lines = [f"RndSeed {int(rng.integers(1, 1 << 30))}", f"Tempo {bpm:.1f}"]
    current = None
    for bar, groove in enumerate(form.grooves):
        if groove != current:
            lines.append(f"Groove {file.folder}/{file.stem}:{groove}")
            current = groove
        pair = chords.bars[bar]
        filler = " /" * (int(quarters) // 2 - 1)
        lines.append(f"{bar + 1} {pair[0].name}" + (f"{filler} {pair[1].name}" if len(pair) > 1 and quarters == 4 else ""))
    return "\n".join(lines) + "\n"


def _band(rng: np.random.Generator, script: str, to_seconds) -> list[midi_render.Track]:
    """MMA's notes as tracks; some instruments are swapped for relatives of the same family."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "song.mid"
        _run_mma(script, output)
        tracks = midi_render.read_midi(output, to_seconds)
    swap = rng.random() < 0.4
    for track in tracks:
        if swap and not track.is_drums:
            track.program = (track.program // 8) * 8 + int(rng.integers(8)) if track.program < 96 else int(rng.integers(96))
    return tracks


def _without_drums(tracks: list[midi_render.Track], ranges: list[tuple[float, float]]) -> None:
    for track in tracks:
        if track.is_drums:
            for begin, end in ranges:
                start = track.notes[:, 0]
                track.notes = track.notes[(start < begin - 0.05) | (start >= end - 0.05)]


def _drum_audio(rng: np.random.Generator, tracks: list[midi_render.Track], split: str, duration: float) -> tuple[np.ndarray, str]:
    """The drum tracks played on a sampled kit, and the kit's name."""
    kit = drum_samples.draw_kit(rng, split)
    hits = []
    for track in tracks:
        for start, _, pitch, velocity in track.notes:
            role = drum_samples.GM_ROLES.get(int(pitch))
            if role:
                hits.append((float(start), role, float(velocity) / 127))
    return drum_samples.play_kit(rng, kit, hits, duration), kit


def _beats_per_bar(genre: str, quarters: float) -> int:
    count = quarters / GENRES[genre].quarters
    if count not in (2, 3, 4):
        raise ValueError(f"{genre}: a bar of {quarters} quarters has {count} beats")
    return int(count)


def _tempo(rng: np.random.Generator, form: Form, bpm: float, beats_per_bar: int, genre: str) -> TempoMap:
    total = len(form.grooves) * beats_per_bar
    starts = list(np.cumsum([bars for _, bars in form.sections])[:-1] * float(beats_per_bar))
    machine = genre in ("house", "techno", "trance", "dance", "drum-and-bass", "hip-hop", "trip-hop") and rng.random() < 0.85
    return TempoMap(tempo_curve(rng, bpm, total + 8, machine, starts), start=float(rng.uniform(0.12, 1.2)))


def _extra_tracks(rng, file: GrooveFile, form: Form, chords, tracks, beats_per_bar: int, tempo: TempoMap) -> list[midi_render.Track]:
    """A band for the drum-only libraries (kept bare now and then), and for most songs a lead."""
    extra = []
    if file.folder in ("zoom", "pflib") and rng.random() < 0.93:
        kicks = np.concatenate([t.notes[np.isin(t.notes[:, 2], (35, 36)), 0] for t in tracks if t.is_drums] or [np.zeros(0)])
        in_beats = np.interp(kicks, tempo.time, tempo.position)
        extra += accompany.accompany(rng, chords, len(form.grooves), beats_per_bar, tempo, in_beats)
    if rng.random() < 0.72:
        triplets = GENRES[file.genre].style in ("jazz", "blues") or GENRES[file.genre].quarters in (1.5, 3.0) or file.genre == "ballad-12"
        division = 3 if triplets else int(rng.choice([2, 2, 4]))
        extra.append(accompany.lead_track(rng, chords, form.sections, beats_per_bar, division, tempo))
    return extra


def render(name: str, seed: int) -> None:
    """Render one planned song and save it."""
    rng = rng_for(seed, SOURCE, name)
    code, folder, stem = name.split("__")
    split = "dev" if code.startswith("d") else "train"
    file = catalogue()[f"{folder}/{stem}"]
    genre = GENRES[file.genre]
    bpm = draw_tempo(rng, genre)
    duration = 40.0 if split == "dev" else float(rng.uniform(40, 60))
    shortest_bar = 2 * 60 / bpm
    form, quarters = _form(rng, file, int(np.ceil((duration + 4) / shortest_bar)))
    beats_per_bar = _beats_per_bar(file.genre, quarters)
    chords = harmony.make_harmony(rng, genre.style, form.sections)
    tempo = _tempo(rng, form, bpm, beats_per_bar, file.genre)
    per_beat = TICKS * genre.quarters
    script = _script(rng, file, form, quarters, chords, bpm * genre.quarters)
    tracks = _band(rng, script, lambda ticks: tempo.seconds(np.asarray(ticks) / per_beat))
    tracks += _extra_tracks(rng, file, form, chords, tracks, beats_per_bar, tempo)
    bar_seconds = [(float(tempo.seconds(a * beats_per_bar)), float(tempo.seconds(b * beats_per_bar))) for a, b in form.drumless]
    _without_drums(tracks, bar_seconds)
    font = midi_render.draw_font(rng, split)
    stems, licences = {}, {"MMA GPL-2+", f"{font} {midi_render.FONTS[font].licence}"}
    drums = [track for track in tracks if track.is_drums]
    if drums and rng.random() < 0.65:
        tracks = [track for track in tracks if not track.is_drums]
        stems["drums"], kit = _drum_audio(rng, drums, split, duration)
        licences.add(f"{kit} {drum_samples.KITS[kit].licence}")
    stems |= midi_render.render_tracks(tracks, font, duration)
    beats, places = beat_times(tempo, beats_per_bar, duration)
    ordered = {stem: stems[stem] for stem in midi_render.STEMS if stem in stems}
    meta = ItemMeta(SOURCE, name, f"{folder}/{stem}", split, "; ".join(sorted(licences)), "exact", file.genre, beats_per_bar=beats_per_bar, seed=seed, notes=form.grooves[-1])
    wet.finish(rng, meta, ordered, beats, places)
