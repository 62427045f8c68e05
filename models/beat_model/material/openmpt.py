"""libopenmpt through ctypes: play a tracker module and know when each row starts."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from beat_model.frontend import SAMPLE_RATE

POLL = 32  # samples between looks at the row counter: row times are exact to 1.5 ms
NOTE, INSTRUMENT = 0, 1  # openmpt_module_command_index

_VOID, _INT, _SIZE, _STR, _DOUBLE = ctypes.c_void_p, ctypes.c_int32, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_double


class _Interactive(ctypes.Structure):
    """openmpt_module_ext_interface_interactive, up to the functions used."""

    _fields_ = [
        ("set_current_speed", _VOID), ("set_current_tempo", _VOID),
        ("set_tempo_factor", ctypes.CFUNCTYPE(ctypes.c_int, _VOID, _DOUBLE)), ("get_tempo_factor", _VOID),
        ("set_pitch_factor", ctypes.CFUNCTYPE(ctypes.c_int, _VOID, _DOUBLE)), ("get_pitch_factor", _VOID),
        ("set_global_volume", _VOID), ("get_global_volume", _VOID),
        ("set_channel_volume", _VOID), ("get_channel_volume", _VOID),
        ("set_channel_mute_status", _VOID), ("get_channel_mute_status", _VOID),
        ("set_instrument_mute_status", ctypes.CFUNCTYPE(ctypes.c_int, _VOID, _INT, ctypes.c_int)),
        ("get_instrument_mute_status", _VOID), ("play_note", _VOID), ("stop_note", _VOID),
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL("libopenmpt.so.0")
    except OSError as error:
        raise RuntimeError("libopenmpt is missing: install the Debian package libopenmpt0") from error
    lib.openmpt_module_ext_create_from_memory.restype = _VOID
    lib.openmpt_module_ext_create_from_memory.argtypes = [_STR, _SIZE] + [_VOID] * 7
    lib.openmpt_module_ext_get_module.restype = _VOID
    lib.openmpt_module_ext_get_module.argtypes = [_VOID]
    lib.openmpt_module_ext_get_interface.argtypes = [_VOID, _STR, _VOID, _SIZE]
    lib.openmpt_module_ext_destroy.argtypes = [_VOID]
    lib.openmpt_module_read_float_mono.restype = _SIZE
    lib.openmpt_module_read_float_mono.argtypes = [_VOID, _INT, _SIZE, _VOID]
    for name in ("get_current_row", "get_current_order", "get_num_channels", "get_num_instruments", "get_num_samples", "get_num_patterns"):
        getattr(lib, f"openmpt_module_{name}").argtypes = [_VOID]
        getattr(lib, f"openmpt_module_{name}").restype = _INT
    lib.openmpt_module_get_pattern_num_rows.argtypes = [_VOID, _INT]
    lib.openmpt_module_get_pattern_row_channel_command.argtypes = [_VOID, _INT, _INT, _INT, ctypes.c_int]
    lib.openmpt_module_get_pattern_row_channel_command.restype = ctypes.c_uint8
    lib.openmpt_module_set_repeat_count.argtypes = [_VOID, _INT]
    return lib


@dataclass
class Performance:
    samples: np.ndarray  # mono, 22 050 Hz
    time: np.ndarray  # seconds at which a row starts
    row: np.ndarray  # its number inside the pattern
    order: np.ndarray  # position in the song's order list


class Module:
    """A loaded file at a fixed tempo and pitch factor. Each performance starts from a fresh load."""

    def __init__(self, path: Path, tempo: float = 1.0, pitch: float = 1.0):
        self.data, self.tempo, self.pitch = path.read_bytes(), tempo, pitch

    def perform(self, until_s: float, muted: frozenset[int] = frozenset()) -> Performance:
        """Play from the start to `until_s` or the end of the song, without the instruments in `muted`."""
        with _Loaded(self.data) as loaded:
            loaded.configure(self.tempo, self.pitch, muted)
            return loaded.play(int(until_s * SAMPLE_RATE))

    def stems(self, start_s: float, end_s: float, rng: np.random.Generator) -> tuple[Performance, dict[str, np.ndarray]]:
        """Rows from the beginning, and the cut [start, end) as drums + other, or as one mix where that fails."""
        full = self.perform(end_s)
        cut = slice(int(round(start_s * SAMPLE_RATE)), int(round(end_s * SAMPLE_RATE)))
        drums = self.drum_instruments()
        if not drums:
            return full, {"mix": full.samples[cut]}
        rest = self.perform(end_s, muted=drums).samples
        size = min(rest.size, full.samples.size)
        # Notes of other instruments that a drum hit cuts off ring on in `rest`; the difference keeps the sum exact.
        other, struck = rest[:size][cut], (full.samples[:size] - rest[:size])[cut]
        if min(np.std(other), np.std(struck)) < 0.02 * np.std(full.samples[cut]):
            return full, {"mix": full.samples[:size][cut]}
        return full, {"drums": struck, "other": other}

    def drum_instruments(self) -> frozenset[int]:
        """Zero-based instruments that are always struck at one or two pitches: drums and effects, by and large."""
        with _Loaded(self.data) as loaded:
            notes = loaded.notes()
        pitched = {number for number, heard in notes.items() if len(set(heard)) > 2}
        struck = {number - 1 for number, heard in notes.items() if number not in pitched and len(heard) >= 8}
        return frozenset(struck) if pitched and struck else frozenset()


class _Loaded:
    """A libopenmpt module as a context manager."""

    def __init__(self, data: bytes):
        self.lib = _library()
        self.ext = self.lib.openmpt_module_ext_create_from_memory(data, len(data), *[None] * 7)
        if not self.ext:
            raise ValueError("libopenmpt cannot read this file")
        self.module = self.lib.openmpt_module_ext_get_module(self.ext)

    def __enter__(self) -> _Loaded:
        return self

    def __exit__(self, *_: object) -> None:
        self.lib.openmpt_module_ext_destroy(self.ext)

    def configure(self, tempo: float, pitch: float, muted: frozenset[int]) -> None:
        interface = _Interactive()
        if not self.lib.openmpt_module_ext_get_interface(self.ext, b"interactive", ctypes.byref(interface), ctypes.sizeof(interface)):
            raise RuntimeError("this libopenmpt has no interactive interface")
        interface.set_tempo_factor(self.ext, tempo)
        interface.set_pitch_factor(self.ext, pitch)
        for number in muted:
            interface.set_instrument_mute_status(self.ext, number, 1)
        self.lib.openmpt_module_set_repeat_count(self.module, 0)

    def play(self, count: int) -> Performance:
        samples = np.zeros(count + POLL, np.float32)
        time, row, order = [], [], []
        done, last = 0, None
        address = samples.ctypes.data
        read, lib = self.lib.openmpt_module_read_float_mono, self.lib
        while done < count:
            got = read(self.module, SAMPLE_RATE, POLL, address + 4 * done)
            if got == 0:
                break
            here = (lib.openmpt_module_get_current_order(self.module), lib.openmpt_module_get_current_row(self.module))
            if here != last:
                # The row changed somewhere inside this read; its middle halves the largest error.
                time.append((done + got / 2) / SAMPLE_RATE if last is not None else 0.0)
                order.append(here[0])
                row.append(here[1])
                last = here
            done += got
        return Performance(samples[: min(done, count)], np.array(time), np.array(row, int), np.array(order, int))

    def notes(self) -> dict[int, list[int]]:
        """Instrument number (from 1) -> the notes it plays in all patterns."""
        heard: dict[int, list[int]] = {}
        command = self.lib.openmpt_module_get_pattern_row_channel_command
        channels = self.lib.openmpt_module_get_num_channels(self.module)
        for pattern in range(self.lib.openmpt_module_get_num_patterns(self.module)):
            for row in range(self.lib.openmpt_module_get_pattern_num_rows(self.module, pattern)):
                for channel in range(channels):
                    note = command(self.module, pattern, row, channel, NOTE)
                    instrument = command(self.module, pattern, row, channel, INSTRUMENT)
                    if instrument and 0 < note < 128:
                        heard.setdefault(instrument, []).append(note)
        return heard
