"""Procedurally written songs of many styles: patterns, form, melody and singing, played by fonts, kits and own synthesizers."""

from __future__ import annotations

import numpy as np

from beat_model.frontend import SAMPLE_RATE
from beat_model.material import drum_samples, drum_synth, midi_render, singing, voices, wet, writing
from beat_model.material.accompany import LEAD_PROGRAMS, BeatNote, to_track
from beat_model.material.genres import PROCEDURAL, draw_tempo
from beat_model.material.harmony import make_harmony, write_melody
from beat_model.material.item import ItemMeta, rng_for
from beat_model.material.midi_render import Track
from beat_model.material.patterns import STYLES, Style
from beat_model.material.timing import TempoMap, beat_times, tempo_curve

SOURCE = "procedural"
VERSION = 1
# Role -> General MIDI key, for drums played by a soundfont.
ROLE_KEYS = {"kick": 36, "stick": 37, "snare": 38, "clap": 39, "tom_low": 43, "tom_mid": 47, "tom_high": 50, "hat_closed": 42, "hat_pedal": 44, "hat_open": 46,
    "ride": 51, "bell": 53, "crash": 49, "cowbell": 56, "tambourine": 54, "shaker": 70, "conga_high": 62, "conga_low": 64, "clave": 75}  # fmt: skip
ROLE_BIAS = {"kick": 0.0, "snare": 0.003, "hat_closed": -0.001}  # s; players lay the snare back


def plan(seed: int, hours: float) -> list[str]:
    """Names "v1-0001-style", every style in its share at any length: a longer plan begins like a shorter one."""
    names = sorted(PROCEDURAL)
    weights = np.array([PROCEDURAL[name].weight for name in names])
    weights = weights / weights.sum()
    owed = rng_for(seed, SOURCE, "plan").uniform(0, 1, len(names))
    planned = []
    for index in range(int(hours * 3600 / 50)):
        owed += weights
        style = int(np.argmax(owed))
        owed[style] -= 1
        planned.append(f"v{VERSION}-{index:04d}-{names[style]}")
    return planned


class Player:
    """Turns beats into played seconds: swing, each instrument's own lag, and human jitter (none for machines)."""

    def __init__(self, rng: np.random.Generator, song: writing.Song, tempo: TempoMap, machine: bool):
        self.rng, self.song, self.tempo = rng, song, tempo
        self.scatter = 0.0 if machine else float(rng.uniform(0.002, 0.009))
        self.machine = machine

    def track(self, stem: str, program: int, notes: list[BeatNote], spread: float = 0.0) -> Track:
        """Notes of a part -> track. spread: s between the strings of a strum."""
        rows = sorted(notes)
        swung = [(float(self.song.swung(np.array(start))), length, pitch, velocity) for start, length, pitch, velocity in rows]
        lag = 0.0 if self.machine else float(self.rng.normal(0.002, 0.006))
        track = to_track(stem, program, swung, self.tempo, self.rng, lag, self.scatter)
        if spread > 0 and rows:
            self._strum(track, np.array([row[0] for row in rows]), spread)
        return track

    def _strum(self, track: Track, starts: np.ndarray, spread: float) -> None:
        """Spread the tones of each chord over time, down on the beat and up off it, centred on the chord's time."""
        for start in np.unique(starts):
            chosen = np.flatnonzero(starts == start)
            order = np.argsort(track.notes[chosen, 2])
            if abs(start % 1) > 0.01:
                order = order[::-1]
            track.notes[chosen, 0] = track.notes[chosen, 0].mean() + (np.argsort(order) - 0.4 * (chosen.size - 1)) * spread

    def hits(self, hits: list[writing.DrumHit]) -> list[tuple[float, str, float]]:
        """Drum hits in seconds."""
        if not hits:
            return []
        beats = self.song.swung(np.array([hit[0] for hit in hits]))
        when = self.tempo.seconds(beats)
        bias = {role: (0.0 if self.machine else ROLE_BIAS.get(role, 0.0) + float(self.rng.normal(0, 0.003))) for role in {hit[1] for hit in hits}}
        noise = self.rng.normal(0, 0.03 if self.machine else 0.09, len(hits))
        out = []
        for index, (_, role, velocity) in enumerate(hits):
            moved = when[index] + bias[role] + self.rng.normal(0, self.scatter * 0.7)
            out.append((float(moved), role, float(np.clip(velocity + noise[index] * velocity, 0.05, 1))))
        return out


def _drums(rng: np.random.Generator, style: Style, hits: list[tuple[float, str, float]], duration: float) -> tuple[np.ndarray | Track, str]:
    """Drum audio (or a track for the soundfont) and what played it."""
    kind = rng.choice(["font", "sampled", "synth"], p=style.kits)
    if kind == "font":
        rows = np.array([(when, 0.1, ROLE_KEYS[role], 127 * velocity) for when, role, velocity in hits]).reshape(-1, 4)
        return Track("drums", int(rng.choice([0, 0, 8, 16, 24, 25, 32])), rows), "font"
    if kind == "sampled":
        kit = drum_samples.draw_kit(rng, "train")
        return drum_samples.play_kit(rng, kit, hits, duration), f"{kit} {drum_samples.KITS[kit].licence}"
    return drum_samples.place_hits(hits, drum_synth.make_kit(rng), rng, duration), "own synthesis"


def _voice_role(stem: str, notes: list[BeatNote]) -> str:
    if stem in ("bass", "lead"):
        return stem
    return "pad" if notes and np.median([note[1] for note in notes]) > 1.5 else "stab"


def _riser(rng: np.random.Generator, song: writing.Song, tempo: TempoMap, count: int) -> np.ndarray:
    """Rising noise over the building sections."""
    out = np.zeros(count, np.float32)
    for section, first in zip(song.sections, song.starts(), strict=True):
        if "build" in section.layers:
            begin, end = (int(tempo.seconds(bar * song.style.beats) * SAMPLE_RATE) for bar in (first, first + section.bars))
            end = min(end, count)
            if end - begin > 1000:
                noise = np.diff(rng.standard_normal(end - begin + 1))
                out[begin:end] += (noise * np.linspace(0, 0.05, end - begin) ** 1.3).astype(np.float32)
    return out


def pump(samples: np.ndarray, kicks: np.ndarray, depth: float, recovery: float) -> np.ndarray:
    """Side-chain ducking after every kick (s); depth 0..1, recovery in seconds."""
    gain = np.ones(samples.size, np.float32)
    shape = 1 - depth * np.exp(-((np.arange(int(4 * recovery * SAMPLE_RATE)) / SAMPLE_RATE / recovery) ** 2))
    for when in kicks:
        begin = int(when * SAMPLE_RATE)
        if 0 <= begin < gain.size:
            end = min(gain.size, begin + shape.size)
            gain[begin:end] = np.minimum(gain[begin:end], shape[: end - begin])
    return samples * gain


def _parts(rng, style: Style, song: writing.Song, harmony, player: Player) -> list[tuple[Track, str]]:
    """Bass and chord parts with the kind of sound that plays each ("font" or a synthesizer role)."""
    parts = []
    bass = writing.write_bass(rng, song, harmony) if style.bass else []
    if bass:
        parts.append((player.track("bass", int(rng.choice(style.basses)), bass), "bass" if rng.random() < style.synth else "font"))
    layers = [("comp", int(rng.integers(54, 64)))] + [("extra", int(rng.integers(58, 72)))] * int(rng.choice([0, 1, 1, 2]))
    for layer, centre in layers:
        notes = writing.write_chords(rng, song, harmony, layer, style.comp, centre)
        if notes:
            program = int(rng.choice(style.chords))
            spread = float(rng.uniform(0.004, 0.016)) if 24 <= program <= 31 and rng.random() < 0.7 else 0.0
            kind = _voice_role("other", notes) if rng.random() < style.synth else "font"
            parts.append((player.track("other", program, notes, spread), kind))
    return parts


def _lead(rng, style: Style, song: writing.Song, harmony, player: Player, bpm: float) -> tuple[Track, str] | None:
    """The lead line and who plays it: "voice", "lead" (synthesizer) or "font"."""
    if rng.random() >= style.lead:
        return None
    division = 3 if style.division in (3, 6) else 2 if bpm > 118 else int(rng.choice([2, 4]))
    notes = write_melody(rng, harmony, song.letters(), style.beats, division, int(rng.integers(62, 76)))
    silent = [(first * style.beats, (first + section.bars) * style.beats) for section, first in zip(song.sections, song.starts(), strict=True) if "lead" not in section.layers]
    notes = [note for note in notes if not any(begin <= note[0] < end for begin, end in silent)]
    if not notes:
        return None
    track = player.track("lead", int(rng.choice(LEAD_PROGRAMS)), notes)
    if rng.random() < style.voice:
        return singing.phrase(rng, track), "voice"
    track.notes[:, 0] += rng.normal(0.004, 0.012)
    return track, "lead" if rng.random() < style.synth else "font"


def _sound(rng, parts: list[tuple[Track, str]], font: str, duration: float) -> dict[str, np.ndarray]:
    """Parts -> stems. What no own voice plays goes to the soundfont in one pass."""
    stems = midi_render.render_tracks([track for track, kind in parts if kind == "font"], font, duration) if any(kind == "font" for _, kind in parts) else {}
    for track, kind in parts:
        if kind != "font":
            own = singing.sing(rng, track, duration) if kind == "voice" else voices.play(voices.random_patch(rng, kind), track, duration)
            level = wet.active_rms(own)
            if level > 1e-5:
                reference = stems.get(track.stem)
                target = wet.active_rms(reference) if reference is not None else 0.03
                stems[track.stem] = (0 if reference is None else reference) + own * np.float32(max(target, 0.005) / level)
    return {stem: np.asarray(samples, np.float32) for stem, samples in stems.items()}


def _count_in(rng: np.random.Generator, song: writing.Song) -> None:
    """One bar of sticks before the band starts, as on stage."""
    if song.style.form == "band" and song.style.beats > 2 and rng.random() < 0.07:
        song.sections.insert(0, writing.Section("intro", 1, frozenset()))
        song.hits = [(float(beat), "stick", 0.8) for beat in range(song.style.beats)]


def render(name: str, seed: int) -> None:
    """Write, play and save one planned song."""
    rng = rng_for(seed, SOURCE, name)
    genre = name.split("-", 2)[2]
    style, range_of = STYLES[genre], PROCEDURAL[genre]
    bpm, duration = draw_tempo(rng, range_of), float(rng.uniform(42, 58))
    machine = rng.random() < style.machine
    bars = int(np.ceil((duration + 2) * bpm * 1.15 / 60 / style.beats)) + 1
    song = writing.Song(style, writing.make_form(rng, style, bars), float(rng.uniform(*style.swing)), push=bool(rng.random() < 0.2))
    with_drums = rng.random() < style.drums
    if with_drums:
        _count_in(rng, song)
    harmony = make_harmony(rng, range_of.style, song.letters())
    steps = [float(start * style.beats) for start in song.starts()[1:]]
    tempo = TempoMap(tempo_curve(rng, bpm, song.bars * style.beats + 8, machine, steps), start=float(rng.uniform(0.12, 1.2)))
    player = Player(rng, song, tempo, machine)
    parts = _parts(rng, style, song, harmony, player)
    lead = _lead(rng, style, song, harmony, player, bpm)
    parts += [lead] if lead else []
    font = midi_render.draw_font(rng, "train")
    licences = {f"{font} {midi_render.FONTS[font].licence}"}
    drums, kicks = None, np.zeros(0)
    if with_drums:
        hits = player.hits(song.hits + writing.write_drums(rng, song, rolls=genre in ("trap", "dubstep")))
        kicks = np.array([when for when, role, _ in hits if role == "kick"])
        drums, player_name = _drums(rng, style, hits, duration)
        if isinstance(drums, Track):
            parts.append((drums, "font"))
        else:
            licences.add(player_name)
    stems = _sound(rng, parts, font, duration)
    if isinstance(drums, np.ndarray) and np.abs(drums).max() > 0:
        stems["drums"] = drums
    if "other" in stems:
        stems["other"] = stems["other"] + _riser(rng, song, tempo, stems["other"].size)
    if kicks.size and rng.random() < style.pump:
        depth, recovery = rng.uniform(0.4, 0.95), rng.uniform(0.06, 0.16) * 120 / bpm
        stems |= {stem: pump(stems[stem], kicks, depth, recovery) for stem in ("bass", "other") if stem in stems}
    beats, places = beat_times(tempo, style.beats, duration)
    ordered = {stem: stems[stem] for stem in midi_render.STEMS if stem in stems}
    meta = ItemMeta(SOURCE, name, f"{SOURCE}-{name}", "train", "; ".join(sorted(licences)), "exact", genre, beats_per_bar=style.beats, seed=seed)
    wet.finish(rng, meta, ordered, beats, places)
