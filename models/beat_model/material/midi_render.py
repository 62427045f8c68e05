"""Notes at exact seconds -> separate mono stems, played by a General MIDI soundfont.

The synthesizer library is driven directly, so nothing is rounded to MIDI ticks (a MIDI file with many tempo events
loses time) and one pass gives all stems: every stem has its own pair of output buffers.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
from dataclasses import dataclass, field
from pathlib import Path

import mido
import numpy as np

from beat_model.frontend import SAMPLE_RATE
from beat_model.material.item import cache_dir

STEMS = ("drums", "bass", "other", "lead")
BLOCK = 64  # the synthesizer starts notes on multiples of 64 samples (2.9 ms)
CHANNELS_PER_STEM = 16


@dataclass(frozen=True)
class Font:
    path: str  # below the package folder
    latency: float  # seconds from note-on to the first audible attack of kick and piano, measured at 22 050 Hz
    licence: str
    share: float  # how often a song uses it
    split: str = "train"


FONTS: dict[str, Font] = {
    "fluid": Font("fluid-soundfont-gm/usr/share/sounds/sf2/FluidR3_GM.sf2", 0.0025, "MIT", 0.42),
    "timgm": Font("timgm6mb-soundfont/usr/share/sounds/sf2/TimGM6mb.sf2", 0.0010, "GPL-2", 0.28),
    "opl3": Font("opl3-soundfont/usr/share/sounds/sf2/OPL-3_FM_128M.sf2", 0.0060, "CC-BY-SA-4.0", 0.14),
    "fluidmono": Font("fluidr3mono-gm-soundfont/usr/share/fluidr3mono-gm-soundfont/FluidR3Mono_GM.sf3", 0.0025, "MIT", 0.16),
    "csound": Font("csound-soundfont/usr/share/sounds/sf2/sf_GMbank.sf2", 0.0010, "public-domain", 0.0, "dev"),
}


@dataclass
class Track:
    """One instrument. notes: start s, duration s, pitch, velocity (n, 4); controls: s, controller, value (m, 3)."""

    stem: str
    program: int
    notes: np.ndarray
    controls: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    name: str = ""

    @property
    def is_drums(self) -> bool:
        return self.stem == "drums"


def draw_font(rng: np.random.Generator, split: str) -> str:
    if split == "dev":
        return "csound"
    names = [name for name, font in FONTS.items() if font.split == "train"]
    shares = np.array([FONTS[name].share for name in names])
    return str(rng.choice(names, p=shares / shares.sum()))


@functools.cache
def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("fluidsynth")
    if name is None:
        raise RuntimeError("libfluidsynth is not installed (Debian package fluidsynth)")
    lib = ctypes.CDLL(name)
    lib.new_fluid_settings.restype = ctypes.c_void_p
    lib.new_fluid_synth.restype = ctypes.c_void_p
    lib.new_fluid_synth.argtypes = [ctypes.c_void_p]
    lib.fluid_settings_setnum.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double]
    lib.fluid_settings_setint.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    lib.fluid_synth_sfload.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    for call in ("noteon", "cc", "set_channel_type", "noteoff", "all_sounds_off"):
        getattr(lib, f"fluid_synth_{call}").argtypes = [ctypes.c_void_p] + [ctypes.c_int] * {"noteon": 3, "cc": 3}.get(call, 2)
    lib.fluid_synth_all_sounds_off.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.fluid_synth_program_select.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 4
    lib.fluid_synth_nwrite_float.argtypes = [ctypes.c_void_p, ctypes.c_int] + [ctypes.c_void_p] * 4
    lib.fluid_set_log_function.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    for level in range(1, 4):
        lib.fluid_set_log_function(level, None, None)  # missing presets are expected, and handled
    return lib


class Synth:
    """A synthesizer with one font loaded, kept for the life of the process."""

    def __init__(self, font: str):
        lib = _library()
        settings = lib.new_fluid_settings()
        for key, value in {"synth.sample-rate": SAMPLE_RATE, "synth.gain": 0.4}.items():
            lib.fluid_settings_setnum(settings, key.encode(), float(value))
        integers = {
            "synth.reverb.active": 0,
            "synth.chorus.active": 0,
            "synth.audio-channels": len(STEMS),
            "synth.audio-groups": len(STEMS),
            "synth.midi-channels": CHANNELS_PER_STEM * len(STEMS),
            "synth.polyphony": 192,
            "synth.dynamic-sample-loading": 1,
        }
        for key, value in integers.items():
            lib.fluid_settings_setint(settings, key.encode(), value)
        self.synth = lib.new_fluid_synth(settings)
        path = cache_dir() / "packages" / FONTS[font].path
        self.font_id = lib.fluid_synth_sfload(self.synth, str(path).encode(), 0)
        if self.font_id < 0:
            raise RuntimeError(f"soundfont {path.name} cannot be loaded")
        self.lib = lib
        self.latency = FONTS[font].latency

    def _assign(self, tracks: list[Track]) -> list[tuple[int, Track]]:
        """Give every track a channel whose number modulo 4 is its stem, with its instrument selected."""
        used = dict.fromkeys(STEMS, 0)
        assigned = []
        for track in tracks:
            stem = STEMS.index(track.stem)
            channel = stem + len(STEMS) * min(used[track.stem], CHANNELS_PER_STEM - 1)
            used[track.stem] += 1
            self.lib.fluid_synth_set_channel_type(self.synth, channel, int(track.is_drums))
            bank = 128 if track.is_drums else 0
            for wanted in dict.fromkeys((track.program, 0)):  # a font may lack a kit: take the standard one
                if self.lib.fluid_synth_program_select(self.synth, channel, self.font_id, bank, wanted) == 0:
                    break
            for controller, value in ((121, 0), (7, 100), (10, 64), (11, 127)):
                self.lib.fluid_synth_cc(self.synth, channel, controller, value)
            assigned.append((channel, track))
        return assigned

    def _events(self, assigned: list[tuple[int, Track]], samples: int) -> list[tuple[int, int, int, int, int]]:
        """(block, kind, channel, a, b), sorted: releases before controls before attacks within a block."""
        events = []
        for channel, track in assigned:
            for when, controller, value in track.controls:
                block = max(0, round((when - 0.01) * SAMPLE_RATE / BLOCK))
                events.append((block, 1, channel, int(controller), int(value)))
            for start, length, pitch, velocity in track.notes:
                begin = round((start - self.latency) * SAMPLE_RATE / BLOCK)
                if begin < 0 or begin * BLOCK >= samples:
                    continue
                end = max(begin + 1, round((start + length - self.latency) * SAMPLE_RATE / BLOCK))
                pitch, velocity = int(np.clip(pitch, 0, 127)), int(np.clip(round(velocity), 1, 127))
                events.append((begin, 2, channel, pitch, velocity))
                events.append((end, 0, channel, pitch, 0))
        return sorted(events)

    def render(self, tracks: list[Track], duration: float) -> dict[str, np.ndarray]:
        """Tracks -> stem name -> mono samples (duration x 22 050), only stems that have tracks."""
        blocks = int(np.ceil(duration * SAMPLE_RATE / BLOCK))
        buffers = np.zeros((2, len(STEMS), blocks * BLOCK), np.float32)
        self._flush()
        position = 0
        for block, kind, channel, a, b in self._events(self._assign(tracks), blocks * BLOCK):
            block = min(block, blocks)
            if block > position:
                self._write(buffers, position, block)
                position = block
            if kind == 0:
                self.lib.fluid_synth_noteoff(self.synth, channel, a)
            elif kind == 1:
                self.lib.fluid_synth_cc(self.synth, channel, a, b)
            else:
                self.lib.fluid_synth_noteon(self.synth, channel, a, b)
        if blocks > position:
            self._write(buffers, position, blocks)
        length = int(duration * SAMPLE_RATE)
        present = {track.stem for track in tracks}
        return {stem: 0.5 * (buffers[0, i] + buffers[1, i])[:length] for i, stem in enumerate(STEMS) if stem in present}

    def _write(self, buffers: np.ndarray, first: int, last: int) -> None:
        pointers = [(ctypes.c_void_p * len(STEMS))(*(buffers[side, i, first * BLOCK :].ctypes.data for i in range(len(STEMS)))) for side in (0, 1)]
        self.lib.fluid_synth_nwrite_float(self.synth, (last - first) * BLOCK, pointers[0], pointers[1], None, None)

    def _flush(self) -> None:
        """Silence what an earlier song left sounding."""
        self.lib.fluid_synth_all_sounds_off(self.synth, -1)
        self._write(np.zeros((2, len(STEMS), 8 * BLOCK), np.float32), 0, 8)


@functools.cache
def synth(font: str) -> Synth:
    return Synth(font)


def render_tracks(tracks: list[Track], font: str, duration: float) -> dict[str, np.ndarray]:
    """Play tracks (note times in seconds) with a font; the font's attack latency is taken out."""
    return synth(font).render(tracks, duration)


def stem_of(channel: int, program: int) -> str:
    """General MIDI convention: channel 10 is drums, programs 32-39 are basses."""
    if channel == 9:
        return "drums"
    return "bass" if 32 <= program <= 39 else "other"


def read_midi(path: Path, to_seconds) -> list[Track]:
    """MIDI file -> tracks, times through to_seconds(ticks array) -> seconds; tempo events of the file are ignored.

    A new program on a channel starts a new track, which inherits the channel's volume and pan.
    """
    notes: dict[tuple[int, int], list] = {}
    controls: dict[int, list] = {}
    for part in mido.MidiFile(path).tracks:
        tick, program, open_notes = 0, {}, {}
        for message in part:
            tick += message.time
            if message.type == "program_change":
                program[message.channel] = message.program
            elif message.type == "control_change" and message.control in (7, 10, 11, 64):
                controls.setdefault(message.channel, []).append((tick, message.control, message.value))
            elif message.type in ("note_on", "note_off"):
                key = (message.channel, message.note)
                if key in open_notes:
                    start, velocity, voice = open_notes.pop(key)
                    notes.setdefault((message.channel, voice), []).append((start, tick, message.note, velocity))
                if message.type == "note_on" and message.velocity > 0:
                    open_notes[key] = (tick, message.velocity, program.get(message.channel, 0))
    tracks = []
    for (channel, program_number), rows in sorted(notes.items()):
        rows = np.array(sorted(rows), np.float64)
        begin, end = to_seconds(rows[:, 0]), to_seconds(rows[:, 1])
        control = np.array(controls.get(channel, np.zeros((0, 3))), np.float64).reshape(-1, 3)
        if control.size:
            control[:, 0] = to_seconds(control[:, 0])
        stem = stem_of(channel, program_number)
        # Kits that fonts disagree about are left at the standard one: program 0.
        table = np.stack([begin, np.maximum(end - begin, 0.02), rows[:, 2], rows[:, 3]], axis=1)
        tracks.append(Track(stem, program_number, table, control, f"channel {channel + 1}"))
    return tracks
