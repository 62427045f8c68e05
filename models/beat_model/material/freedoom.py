"""Songs of the Freedoom game: MIDI lumps of two WAD files, played through other fonts, kits and tempi.

A lump is used when at least 90 % of its notes sit on the sixteenth or triplet grid: files that were played or
converted freely have tempo marks that mean nothing.
"""

from __future__ import annotations

import io
import struct
import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import mido
import numpy as np

from beat_model.material import drum_samples
from beat_model.material.export import cut_beats, export
from beat_model.material.item import ItemMeta, rng_for
from beat_model.material.midi_render import FONTS, Track, draw_font, read_midi, render_tracks
from beat_model.material.packages import PACKAGES, package_dir

SOURCE = "freedoom"
WADS = ("freedoom1.wad", "freedoom2.wad")
# Off their grid (played freely, or tempo marks lost in conversion): caught by the check as well, named to be safe.
NEVER = {"E1M6", "INTRO", "INTROA", "VICTOR", "E2M9", "BUNNY", "READ_M", "DM2TTL", "DM2INT", "THE_DA", "SHAWN", "SHAWN2", "DEAD", "ROMER2"}
# On a grid, but not on this one: the kit shows that the music starts half a beat late (DOOM2) or shifts (EVIL).
SHIFTED = {"DOOM2", "EVIL"}
# Tempo marks at twice the tempo of the drums (snare on the third quarter only): tapped in half notes.
HALF_TIME = {"E1M2", "DDTBL2"}
# Held out for the development set, with nothing of them in training.
DEV = {"E1M9", "STALKS", "THEDA2"}
MIN_ON_GRID = 0.9
STRIDE_S = 40.0
TEMPO_SPREAD = 0.12
MAX_BPM, MIN_BPM = 165.0, 58.0


@dataclass(frozen=True)
class Lump:
    data: bytes
    ticks_per_beat: int
    tempo: tuple[tuple[int, float], ...]  # (tick, seconds per quarter)
    bar: int  # quarters in a bar; 0 where the file changes metre
    on_grid: float
    last_tick: int
    half_time: bool = False

    def seconds(self, ticks: np.ndarray, scale: float) -> np.ndarray:
        """Ticks -> seconds with all tempi multiplied by `scale`."""
        marks = np.array([tick for tick, _ in self.tempo] + [max(self.last_tick, self.tempo[-1][0]) + 1])
        lengths = np.array([length for _, length in self.tempo]) / self.ticks_per_beat / scale
        at = np.concatenate([[0.0], np.cumsum(np.diff(marks) * lengths)])
        beyond = np.maximum(np.asarray(ticks) - marks[-1], 0) * lengths[-1]
        return np.interp(ticks, marks, at) + beyond

    @property
    def bpm(self) -> float:
        """Tempo that holds for most of the song."""
        ends = [tick for tick, _ in self.tempo[1:]] + [self.last_tick]
        longest = max(zip(self.tempo, ends, strict=True), key=lambda pair: pair[1] - pair[0][0])
        return 60.0 / longest[0][1]

    @property
    def quarters_per_beat(self) -> float:
        """2 for fast and half-time songs, which are tapped in half notes; 0.5 for very slow ones."""
        return 2.0 if self.bpm > MAX_BPM or self.half_time else 0.5 if self.bpm < MIN_BPM else 1.0


def _parse(data: bytes) -> Lump:
    midi = mido.MidiFile(file=io.BytesIO(data))
    tempo, metres, notes, last = {0: 0.5}, {}, [], 0
    for part in midi.tracks:
        tick = 0
        for message in part:
            tick += message.time
            if message.type == "set_tempo":
                tempo[tick] = message.tempo / 1e6
            elif message.type == "time_signature":
                metres[tick] = message.numerator * 4 / message.denominator
            elif message.type == "note_on" and message.velocity > 0:
                notes.append(tick)
        last = max(last, tick)
    lengths = set(metres.values()) or {4.0}
    bar = int(lengths.pop()) if len(lengths) == 1 else 0
    return Lump(data, midi.ticks_per_beat, tuple(sorted(tempo.items())), bar if bar in (3, 4) else 0, _on_grid(np.array(notes), midi.ticks_per_beat), last)


def _on_grid(ticks: np.ndarray, per_beat: int) -> float:
    """Share of notes within 1/48 beat of a sixteenth or a triplet eighth."""
    if ticks.size < 100:
        return 0.0

    def near(step: float) -> np.ndarray:
        return np.abs(ticks / step - np.round(ticks / step)) * step <= per_beat / 48

    return float(np.mean(near(per_beat / 4) | near(per_beat / 3)))


@lru_cache(maxsize=1)
def lumps() -> dict[str, Lump]:
    """Usable songs by name (without D_), each piece of music once."""
    found, seen = {}, set()
    folder = package_dir("freedoom") / "usr/share/games/doom"
    for wad in WADS:
        data = (folder / wad).read_bytes()
        _, count, directory = struct.unpack("<4sii", data[:12])
        for index in range(count):
            start, size, raw = struct.unpack("<ii8s", data[directory + 16 * index : directory + 16 * index + 16])
            name, body = raw.rstrip(b"\0").decode("ascii", "replace"), data[start : start + size]
            if not name.startswith("D_") or body[:4] != b"MThd" or body in seen or name[2:] in NEVER | SHIFTED:
                continue
            seen.add(body)
            lump = replace(_parse(body), half_time=name[2:] in HALF_TIME)
            if lump.on_grid >= MIN_ON_GRID:
                found[name[2:]] = lump
    return found


def plan(seed: int, hours: float) -> list[str]:
    """`<lump>-<pass>-<excerpt>`: every pass has its own tempo, font and kit."""
    names, seconds, turn = [], 0.0, 0
    while seconds < hours * 3600 and turn < 12:
        for name, lump in sorted(lumps().items()):
            if name in DEV and turn > 0:
                continue
            length = float(lump.seconds(np.array([lump.last_tick]), 1.0)[0])
            for excerpt in range(max(1, int((length - 20) / STRIDE_S))):
                if seconds >= hours * 3600 or (name in DEV and excerpt > 1):
                    break
                names.append(f"{name}-{turn}-{excerpt}")
                seconds += 50
        turn += 1
    return names


def render(name: str, seed: int) -> None:
    title, turn, excerpt = name.rsplit("-", 2)
    lump, rng = lumps()[title], rng_for(seed, SOURCE, name)
    dev = title in DEV
    scale = 1.0 if dev else _tempo_scale(rng, lump)
    total = float(lump.seconds(np.array([lump.last_tick]), scale)[0])
    length = min(total, 40.5 if dev else float(rng.uniform(45, 55)))
    start = float(np.clip(int(excerpt) * STRIDE_S / scale + rng.uniform(0, 6), 0, max(0.0, total - length)))
    tracks = _tracks(lump, scale, start, length, int(rng.integers(-3, 4)))
    stems, sound, licence = _play(rng, tracks, length, "dev" if dev else "train")
    beats, place = _beats(lump, scale)
    beats, place = cut_beats(beats, place, start, start + length)
    meta = ItemMeta(
        source=SOURCE, name=name, group=title, split="dev" if dev else "train",
        licence=f"{PACKAGES['freedoom'].licence}; {licence}", label="exact", genre="game rock",
        beats_per_bar=lump.bar, seed=seed, notes=f"tempo x{scale:.3f}, {sound}",
    )  # fmt: skip
    export(meta, stems, beats, place, rng, wet_count=0 if dev else 1)


def _tempo_scale(rng: np.random.Generator, lump: Lump) -> float:
    """Within 12 %, but never past the tempo at which people would change the level they tap."""
    tapped = lump.bpm / lump.quarters_per_beat
    low, high = max(1 - TEMPO_SPREAD, MIN_BPM / tapped), min(1 + TEMPO_SPREAD, MAX_BPM / tapped)
    return float(rng.uniform(low, high)) if high > low else 1.0


def _beats(lump: Lump, scale: float) -> tuple[np.ndarray, np.ndarray]:
    step = lump.quarters_per_beat
    quarters = np.arange(0, lump.last_tick / lump.ticks_per_beat, step)
    times = lump.seconds(quarters * lump.ticks_per_beat, scale)
    # In half notes a bar of four has two beats; two bars are counted as one then.
    place = np.arange(quarters.size) % lump.bar + 1 if lump.bar and step <= 1 else np.zeros(quarters.size)
    if step < 1:
        place = np.zeros(quarters.size)
    return times, place.astype(np.int8)


def _tracks(lump: Lump, scale: float, start: float, length: float, transpose: int) -> list[Track]:
    """All instruments, times counted from `start`; notes already sounding there begin at 0 with what is left."""
    with tempfile.NamedTemporaryFile(suffix=".mid") as file:
        file.write(lump.data)
        file.flush()
        tracks = read_midi(Path(file.name), lambda ticks: lump.seconds(ticks, scale))
    out = []
    for track in tracks:
        notes, controls = track.notes.copy(), track.controls.copy()
        notes[:, 0] -= start
        late = np.minimum(notes[:, 0], 0)
        held = (late < 0) & (notes[:, 1] + late > 1.0) & (track.stem != "drums")
        notes[held, 1] += late[held]
        notes[held, 0] = 0.0
        notes = notes[(notes[:, 0] >= 0) & (notes[:, 0] < length)]
        if not track.is_drums:
            notes[:, 2] = np.clip(notes[:, 2] + transpose, 0, 127)
        if controls.size:
            controls[:, 0] = np.maximum(controls[:, 0] - start, 0)
            controls = controls[controls[:, 0] < length]
        if notes.shape[0]:
            out.append(Track(track.stem, track.program, notes, controls, track.name))
    return out


def _play(rng: np.random.Generator, tracks: list[Track], length: float, split: str) -> tuple[dict[str, np.ndarray], str, str]:
    """Stems, the names of font and kit, and their licences. Six of ten items have sampled drums."""
    font = draw_font(rng, split)
    hits = [
        (float(when), drum_samples.GM_ROLES[int(pitch)], float(velocity) / 127)
        for track in tracks if track.is_drums
        for when, _, pitch, velocity in track.notes if int(pitch) in drum_samples.GM_ROLES
    ]  # fmt: skip
    sampled = len(hits) > 40 and rng.random() < 0.6
    heard = [track for track in tracks if not (sampled and track.is_drums)]
    stems = render_tracks(heard, font, length)
    sound, licence = font, FONTS[font].licence
    if sampled:
        kit = drum_samples.draw_kit(rng, split)
        drums = drum_samples.play_kit(rng, kit, hits, length)
        stems["drums"] = _matched(drums, stems)
        sound, licence = f"{font}, kit {kit}", f"{licence}, {drum_samples.KITS[kit].licence}"
    size = min(stem.size for stem in stems.values())
    return {name: stem[:size] for name, stem in stems.items()}, sound, licence


def _matched(drums: np.ndarray, stems: dict[str, np.ndarray]) -> np.ndarray:
    """Kits differ in level by 20 dB: bring the drums to the level of the rest."""
    rest = float(np.std(np.sum(list(stems.values()), axis=0))) if stems else 0.1
    own = float(np.std(drums))
    return drums * np.float32(rest / own) if own > 1e-6 and rest > 1e-6 else drums
