"""Rendered songs: labels on the sound, the same song from the same seed, nothing reserved, tempi of the genre.

What needs unpacked fonts and kits, the synthesizer library or MMA is skipped where they are absent.
"""

from __future__ import annotations

import ctypes.util
import shutil

import mido
import numpy as np
import pytest

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material import alignment, drum_samples, drum_synth, genres, midi_render, mma_songs, patterns, procedural, singing, voices, wet
from beat_model.material.harmony import make_harmony, write_melody
from beat_model.material.item import cache_dir, item_path, load_item
from beat_model.material.timing import TempoMap, beat_times, tempo_curve

PACKAGES = cache_dir() / "packages"
needs_fonts = pytest.mark.skipif(
    ctypes.util.find_library("fluidsynth") is None or not all((PACKAGES / font.path).is_file() for font in midi_render.FONTS.values()),
    reason="libfluidsynth or the soundfont packages are absent",
)
needs_kits = pytest.mark.skipif(not all((PACKAGES / kit.folder).is_dir() for kit in drum_samples.KITS.values()), reason="the drum kit packages are absent")
needs_mma = pytest.mark.skipif(shutil.which("mma") is None or not mma_songs.LIBRARY.is_dir(), reason="mma is not installed")


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache folder that sees the real packages (and the scanned groove list, which takes seconds to make)."""
    (tmp_path / "packages").symlink_to(PACKAGES)
    grooves = cache_dir() / "mma-grooves.json"
    if grooves.is_file():
        shutil.copy(grooves, tmp_path)
    monkeypatch.setenv("TACTUS_CACHE", str(tmp_path))
    return tmp_path


def click_train(seconds: float, period: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Noise clicks on a grid: samples and their times."""
    rng = np.random.default_rng(7)
    samples = (0.002 * rng.standard_normal(int(seconds * SR))).astype(np.float32)
    times = np.arange(period, seconds - 0.2, period)
    for when in times:
        begin = round(when * SR)
        samples[begin : begin + 1500] += (0.4 * rng.standard_normal(1500) * np.exp(-np.arange(1500) / 250)).astype(np.float32)
    return samples, times


def captured_song(monkeypatch, module, name: str) -> dict:
    """What a renderer hands over for mixing: meta, stems, beats, places."""
    taken = {}

    def finish(rng, meta, stems, beats, places):
        taken.update(meta=meta, stems=stems, beats=beats, places=places)

    monkeypatch.setattr(wet, "finish", finish)
    module.render(name, 1)
    return taken


# Labels on the sound


@needs_fonts
@needs_kits
@pytest.mark.parametrize("style", ["house", "rock", "soul", "blues-12", "rock-34"])
def test_drum_hits_lie_on_labelled_beats(style, own_cache, monkeypatch):
    names = [name for name in procedural.plan(1, 20) if name.split("-", 2)[2] == style]
    for name in names:
        song = captured_song(monkeypatch, procedural, name)
        if "drums" in song["stems"] and np.abs(song["stems"]["drums"]).max() > 0:
            break
    offsets = alignment.lags(alignment.onset_strength(song["stems"]["drums"]), song["beats"])
    assert offsets.size > 10
    assert abs(np.median(offsets)) < 0.010


@needs_fonts
@needs_kits
@needs_mma
def test_mma_drums_lie_on_labelled_beats(own_cache, monkeypatch):
    name = next(name for name in mma_songs.plan(1, 12) if name.endswith("casio__dance2"))
    song = captured_song(monkeypatch, mma_songs, name)
    offsets = alignment.lags(alignment.onset_strength(song["stems"]["drums"]), song["beats"])
    assert offsets.size > 40
    assert abs(np.median(offsets)) < 0.010


@needs_fonts
@pytest.mark.parametrize("font", sorted(midi_render.FONTS))
def test_fonts_sound_when_told(font):
    times = np.arange(0.5, 40, 0.5)
    rows = np.stack([times, np.full(times.size, 0.1), np.full(times.size, 37.0), np.full(times.size, 110.0)], axis=1)
    stems = midi_render.render_tracks([midi_render.Track("drums", 0, rows)], font, 41.0)
    offsets = alignment.lags(alignment.onset_strength(stems["drums"]), times)
    assert offsets.size > 60
    assert abs(np.median(offsets)) < 0.008
    assert abs(np.median(offsets[-20:]) - np.median(offsets[:20])) < 0.003


def test_midi_tempo_events_do_not_move_notes(tmp_path):
    """A tempo event on every beat is what makes command-line rendering drift; here only ticks count."""
    file, track = mido.MidiFile(ticks_per_beat=192), mido.MidiTrack()
    file.tracks.append(track)
    for beat in range(120):
        track.append(mido.MetaMessage("set_tempo", tempo=500_000 + 997 * (beat % 7), time=0))
        track.append(mido.Message("note_on", channel=9, note=38, velocity=100, time=0))
        track.append(mido.Message("note_off", channel=9, note=38, time=192))
    file.save(tmp_path / "song.mid")
    tempo = TempoMap(np.full(600, 113.0), start=0.25)
    (drums,) = midi_render.read_midi(tmp_path / "song.mid", lambda ticks: tempo.seconds(np.asarray(ticks) / 192))
    np.testing.assert_allclose(drums.notes[:, 0], 0.25 + np.arange(120) * 60 / 113, atol=1e-9)


def test_wet_chain_keeps_the_time():
    samples, times = click_train(20)
    for seed in range(12):
        mix = wet.wet_mix(np.random.default_rng(seed), {"drums": 0.5 * samples, "other": 0.5 * samples})
        assert mix.size == samples.size
        offsets = alignment.lags(alignment.onset_strength(mix), times)
        # The early edge: a room may smear the peak later, nothing may move the attack.
        assert abs(np.percentile(offsets, 25)) < 0.006


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_codec_delay_is_taken_out():
    samples, _ = click_train(20)
    for seed in range(6):
        coded = wet.through_codec(np.random.default_rng(seed), samples)
        window = coded[8 * SR : 12 * SR]
        lag = np.argmax(np.correlate(window, samples[8 * SR + 300 : 12 * SR - 300], "valid")) - 300
        assert abs(lag) <= 0.002 * SR


# The same song from the same seed


@needs_fonts
@needs_kits
def test_rendering_is_deterministic(own_cache):
    name = procedural.plan(1, 1)[1]
    procedural.render(name, 1)
    meta, first = load_item(item_path("procedural", name))
    item_path("procedural", name).unlink()
    procedural.render(procedural.plan(1, 1)[2], 1)  # what was played before must not matter
    procedural.render(name, 1)
    _, second = load_item(item_path("procedural", name))
    np.testing.assert_array_equal(first["beats"], second["beats"])
    np.testing.assert_array_equal(first["beat_in_bar"], second["beat_in_bar"])
    for key in ("stems", "wet"):
        assert np.mean(np.abs(first[key].astype(np.float32) - second[key].astype(np.float32))) < 0.005
    assert meta.stems
    assert set(meta.stems) <= set(midi_render.STEMS)
    assert meta.licence


@needs_mma
@needs_fonts
@needs_kits
def test_mma_song_is_deterministic(own_cache, monkeypatch):
    name = mma_songs.plan(1, 1)[70]
    first, second = captured_song(monkeypatch, mma_songs, name), captured_song(monkeypatch, mma_songs, name)
    np.testing.assert_array_equal(first["beats"], second["beats"])
    for stem, samples in first["stems"].items():
        # The synthesizer's filters start from whatever its reused voices held: 3 ms per note, about 40 dB down.
        difference = np.sqrt(np.mean((samples - second["stems"][stem]) ** 2))
        assert difference < 0.01 * np.sqrt(np.mean(samples**2)) + 1e-9


def test_longer_plans_begin_like_shorter_ones():
    assert procedural.plan(1, 6)[:72] == procedural.plan(1, 1)


# Nothing reserved, development apart


@needs_mma
def test_reserved_grooves_are_never_planned(own_cache):
    for name in mma_songs.plan(3, 40):
        code, folder, stem = name.split("__")
        assert folder in mma_songs.FOLDERS
        assert not (folder == "stdlib" and stem in mma_songs.RESERVED)
        assert (f"{folder}/{stem}" in mma_songs.DEV_FILES) == code.startswith("d")


def test_reserved_folders_and_kits_are_closed():
    assert not {"yamaha", "kara", "alexis"} & set(mma_songs.FOLDERS)
    folders = " ".join(kit.folder for kit in drum_samples.KITS.values())
    fonts = " ".join(font.path for font in midi_render.FONTS.values())
    assert not any(word in folders for word in ("Forzee", "Colombo", "HardElectro", "Millo"))
    assert not any(word in fonts for word in ("musescore", "freepats", "avldrums"))


def test_development_timbres_are_never_drawn_for_training():
    rng = np.random.default_rng(0)
    assert {midi_render.draw_font(rng, "dev")} == {"csound"}
    for _ in range(300):
        assert midi_render.FONTS[midi_render.draw_font(rng, "train")].split == "train"
        assert drum_samples.KITS[drum_samples.draw_kit(rng, "train")].split == "train"
        assert drum_samples.KITS[drum_samples.draw_kit(rng, "dev")].split == "dev"


# Tempo and metre


def test_tempi_stay_in_the_genre():
    rng = np.random.default_rng(0)
    for genre in [*genres.GENRES.values(), *genres.PROCEDURAL.values()]:
        assert 45 <= genre.low < genre.high <= 220
        assert all(genre.low <= genres.draw_tempo(rng, genre) <= genre.high for _ in range(20))


def test_every_pattern_fills_whole_bars():
    assert set(patterns.STYLES) == set(genres.PROCEDURAL)
    for name, style in patterns.STYLES.items():
        texts = [*style.kick, *style.snare, *style.hat, *style.open, *style.bass, *style.comp, *(text for _, text in style.perc)]
        assert all(len(text) % (style.beats * style.division) == 0 for text in texts), name


def test_tempo_map_agrees_with_its_curve():
    rng = np.random.default_rng(5)
    for _ in range(20):
        tempo = TempoMap(tempo_curve(rng, 96.0, 64, False, [16.0, 32.0]), start=0.4)
        beats, places = beat_times(tempo, 3, 30.0)
        assert np.all(np.diff(beats) > 0)
        assert places[0] == 1 and np.array_equal(places[:6], [1, 2, 3, 1, 2, 3])
        np.testing.assert_allclose(60 / np.diff(beats[:60]), 96, rtol=0.25)


# Own sounds


def test_own_sounds_are_finite_and_audible():
    rng = np.random.default_rng(1)
    sections = [("verse", 4)]
    tempo = TempoMap(np.full(100, 100.0), 0.3)
    rows = np.array(write_melody(rng, make_harmony(rng, "pop", sections), sections, 4, 2, 67))
    line = midi_render.Track("lead", 0, np.stack([tempo.seconds(rows[:, 0]), rows[:, 1] * 0.6, rows[:, 2], rows[:, 3]], axis=1))
    sounds = [singing.sing(rng, singing.phrase(rng, line), 12.0)]
    sounds += [voices.play(voices.random_patch(rng, role), line, 12.0) for role in ("bass", "pad", "stab", "pluck", "lead") for _ in range(6)]
    sounds += [layers[0][1] for layers in drum_synth.make_kit(rng).values()]
    for samples in sounds:
        assert np.isfinite(samples).all()
        assert 0.003 < np.abs(samples).max() < 20
