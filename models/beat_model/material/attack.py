"""How late an instrument speaks: flutes, organs and bowed strings sound 10-40 ms after the note-on.

Players of such instruments start early so that they are heard in time; rendered music has to do the same, or the
beat labels of slow instruments come before the sound.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from beat_model.material.alignment import lags, onset_strength
from beat_model.material.midi_render import Track, render_tracks

SLOWEST_S = 0.045
SWELLS_S = 0.02  # for sounds that swell without any onset


@lru_cache(maxsize=None)
def attack_s(font: str, program: int, stem: str) -> float:
    """Seconds from note-on to the strongest rise of sound: median over 16 detached notes of a scale."""
    lowest = 36 if stem == "bass" else 60
    notes = np.array([[0.5 + 0.5 * k, 0.35, lowest + (5 * k) % 17, 90] for k in range(16)])
    sound = render_tracks([Track(stem, program, notes)], font, 9.0)[stem]
    loudness = float(sound.std())
    if loudness < 1e-6:
        return 0.0
    late = lags(onset_strength(sound * (0.1 / loudness)), notes[:, 0])
    return float(np.clip(np.median(late), 0.0, SLOWEST_S)) if late.size > 5 else SWELLS_S


def start_early(tracks: list[Track], font: str) -> None:
    """Move all pitched notes forward by what their instrument needs to speak, in place."""
    for track in tracks:
        if not track.is_drums and track.notes.size:
            track.notes[:, 0] -= attack_s(font, track.program, track.stem)
