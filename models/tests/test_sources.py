"""Material sources: exact times, honest negatives, nothing reserved, the same item from the same seed.

What needs unpacked packages or a system library is skipped where they are absent; a tracker module is built here,
so that row times are checked without any.
"""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material import alignment, electronic, free_music, freedoom, lmms, loops, modules, negatives, packages, tunes, venue_sounds
from beat_model.material.export import change_speed, cut_beats, level
from beat_model.material.item import ItemMeta, item_path, load_item, rng_for
from beat_model.material.openmpt import Module


def have_package(name: str) -> bool:
    return (packages.packages_dir() / name).is_dir()


def have_openmpt() -> bool:
    try:
        ctypes.CDLL("libopenmpt.so.0")
    except OSError:
        return False
    return True


needs_openmpt = pytest.mark.skipif(not have_openmpt(), reason="libopenmpt0 is not installed")


def click_module() -> bytes:
    """A four-channel MOD at 125 BPM, speed 6: a click on every fourth row of its one pattern."""
    click = (np.exp(-np.arange(600) / 60) * np.where(np.arange(600) % 8 < 4, 120, -120)).astype(np.int8)
    sample = b"click".ljust(22, b"\0") + (click.size // 2).to_bytes(2, "big") + bytes([0, 64]) + (0).to_bytes(2, "big") + (1).to_bytes(2, "big")
    empty = bytes(22) + (0).to_bytes(2, "big") + bytes([0, 0]) + (0).to_bytes(2, "big") + (1).to_bytes(2, "big")
    rows = bytearray(64 * 16)
    for row in range(0, 64, 4):
        rows[row * 16 : row * 16 + 4] = bytes([0x01, 0xAC, 0x10, 0x00])  # C-2 with sample 1
    return b"clicks".ljust(20, b"\0") + sample + empty * 30 + bytes([1, 127]) + bytes(128) + b"M.K." + bytes(rows) + click.tobytes()


@pytest.fixture
def clicks(tmp_path):
    path = tmp_path / "clicks.mod"
    path.write_bytes(click_module())
    return path


@needs_openmpt
@pytest.mark.parametrize("tempo", [1.0, 0.87, 1.15])
def test_row_times_are_monotone_and_on_the_sound(clicks, tempo):
    performance = Module(clicks, tempo=tempo).perform(7.0)
    assert np.all(np.diff(performance.time) > 0)
    assert np.median(np.diff(performance.time)) == pytest.approx(0.12 / tempo, abs=0.001)
    beats, place = modules.beats_of(performance, 4)
    assert list(place[:5]) == [1, 2, 3, 4, 1]
    lags = alignment.lags(alignment.onset_strength(performance.samples), beats[1:-1])
    assert lags.size > 8
    assert abs(np.median(lags)) < 0.005


@needs_openmpt
def test_a_lone_drum_is_not_split_from_nothing(clicks):
    _, stems = Module(clicks).stems(0.0, 5.0, rng_for(1, "t", "t"))
    assert list(stems) == ["mix"]


@needs_openmpt
@pytest.mark.skipif(not have_package("tecnoballz-data"), reason="package not unpacked")
def test_real_module_is_aligned():
    name = next(name for name in modules.files() if name.endswith("area1_game"))
    performance = Module(modules.files()[name][1]).perform(40.0)
    assert np.all(np.diff(performance.time) > 0)
    beats, _ = modules.beats_of(performance, 4)
    lags = alignment.lags(alignment.onset_strength(performance.samples), beats)
    assert abs(np.median(lags)) < 0.015


def test_lag_of_clicks_is_measured_to_2_ms():
    sound, truth = np.zeros(SR * 12, np.float32), np.arange(1, 11, 0.5) + 0.0137
    for when in truth:
        begin = round(when * SR)
        sound[begin : begin + 400] += 0.5 * np.random.default_rng(0).normal(size=400) * np.exp(-np.arange(400) / 80)
    for shift in (-0.02, 0.0, 0.03):
        lags = alignment.lags(alignment.onset_strength(sound), truth - shift)
        assert np.median(lags) == pytest.approx(shift, abs=0.002)


def test_tapped_level_stays_in_range():
    for row in np.linspace(0.05, 0.2, 40):
        bpm = 60 / (modules.rows_per_beat(row) * row)
        assert 50 < bpm < 170


QUICK_KINDS = [kind for kind in negatives.KINDS if kind not in ("speech", "babble", "announcer", "interval", "tuning")]


@pytest.mark.parametrize("kind", QUICK_KINDS)
def test_negatives_have_no_beats(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("TACTUS_CACHE", str(tmp_path))
    monkeypatch.setattr(negatives, "ITEM_S", 6.0)
    negatives.render(f"{kind}-000", 1)
    meta, arrays = load_item(item_path("negatives", f"{kind}-000"))
    assert meta.label == "none" and meta.genre == kind and meta.bpm == 0
    assert arrays["beats"].size == 0 and arrays["beat_in_bar"].size == 0
    assert arrays["stems"].shape == (1, 300, 64) and np.isfinite(arrays["stems"]).all()


def pulse(sound: np.ndarray) -> float:
    """Height of the largest periodicity of onsets between 40 and 200 BPM: 1 = a perfect click, 0 = none."""
    # 100 ms: the period of a low tone itself must not count as a pulse.
    strength = np.convolve(alignment.onset_strength(sound), np.hanning(35), "same")
    slow = np.hanning(345)  # a second: swells are not a pulse
    strength = (strength - np.convolve(strength, slow / slow.sum(), "same"))[345:-345]
    spectrum = np.abs(np.fft.rfft(strength, 2 * strength.size)) ** 2
    correlation = np.fft.irfft(spectrum)[: strength.size]
    rate = SR / alignment.STEP
    return float(correlation[int(0.3 * rate) : int(1.5 * rate)].max() / correlation[0])


@pytest.mark.parametrize("kind", ["applause", "impulses", "footsteps", "cutlery"])
def test_negatives_have_no_common_pulse(kind):
    regular = np.zeros(20 * SR)
    regular[:: SR // 2] = 1.0
    assert pulse(np.convolve(regular, np.exp(-np.arange(200) / 50))) > 0.8
    values = [pulse(venue_sounds.unit(negatives.KINDS[kind][0](rng_for(seed, "test", kind), 20 * SR)) * 0.1) for seed in range(4)]
    assert np.median(values) < 0.35


def ripple_db(sound: np.ndarray) -> float:
    """Spread of the level (100 ms) around its own one-second mean: what a pulse would have to live in."""
    window, slow = np.hanning(SR // 10), np.hanning(101)
    decibels = 10 * np.log10(np.convolve(sound**2, window / window.sum(), "same")[::220] + 1e-9)
    return float((decibels - np.convolve(decibels, slow / slow.sum(), "same"))[101:-101].std())


def test_drones_are_steady():
    clicks = np.zeros(10 * SR)
    clicks[:: SR // 2] = 1.0
    assert ripple_db(venue_sounds.unit(np.convolve(clicks, np.exp(-np.arange(2000) / 500))[: 10 * SR])) > 5
    for seed in range(6):
        assert ripple_db(venue_sounds.unit(venue_sounds.drone(rng_for(seed, "test", "drone"), 10 * SR))) < 1


def test_music_with_an_ending_stops_its_beats():
    beats = np.arange(80) * 0.5
    stems = {"drums": np.random.default_rng(0).normal(0, 0.1, 40 * SR).astype(np.float32)}
    for seed in range(6):
        out, kept, place = negatives.with_ending(rng_for(seed, "t", "end"), stems, beats, np.zeros(80, np.int8))
        assert out["drums"].size == 40 * SR and kept.size == place.size
        assert 20.0 < kept[-1] < 32.5


@pytest.mark.parametrize(("source", "hours"), [(negatives, 0.2), (loops, 0.3)])
def test_plan_is_deterministic_and_unique(source, hours):
    names = source.plan(3, hours)
    assert names == source.plan(3, hours)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w.\-]+", name) for name in names)


def test_same_seed_same_sound():
    first, again, other = (negatives.clip_of("applause", rng_for(seed, "t", "x"), 2.0) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


RESERVED_PROJECTS = r"ReggaetonTry|TwilightArea|BuzzerBeater|Momo64|Dr8v2|FinalStep|InnerRecreation|Onion|MakeMe|AxeFromThe80s|Skiessi|CapDan"
RESERVED_PACKAGES = {"heroes-sound-tracks", "njam-data", "pekka-kana-2-data", "openttd-openmsx", "planetblupi-music-midi", "freepats"}


def test_no_reserved_package_or_project():
    assert not RESERVED_PACKAGES & set(packages.PACKAGES)
    assert not any("fretsonfire" in name or "musescore" in name or "avldrums" in name for name in packages.PACKAGES)
    assert not any(re.search(RESERVED_PROJECTS, project.file) for project in lmms.PROJECTS.values())
    assert not {"blobwars-data", "trackballs-data", "fretsonfire-songs-sectoid"} & set(free_music.ALBUMS)


@pytest.mark.skipif(not have_package("freedoom"), reason="package not unpacked")
def test_lumps_off_their_grid_stay_out():
    off = {"E1M6", "INTRO", "INTROA", "VICTOR", "E2M9", "BUNNY", "READ_M", "DM2TTL", "DM2INT", "THE_DA", "SHAWN", "DEAD"}
    assert not off & set(freedoom.lumps())
    assert all(lump.on_grid >= 0.9 for lump in freedoom.lumps().values())
    assert set(freedoom.lumps()) >= freedoom.DEV


@pytest.mark.skipif(not have_package("frozen-bubble-data"), reason="package not unpacked")
def test_no_applause_among_free_music():
    paths = [str(path) for _, path, _ in free_music.tracks().values()]
    assert paths and not any(re.search("applause|fretsonfire|crowd", path) for path in paths)


def test_reserved_tunes_are_not_listed():
    pytest.importorskip("music21")
    listed = tunes.index()
    assert len(listed) > 1000
    assert not any(re.search("aldridge|belleofthekitchen|bwv145-a|joplin|haydn|mozart|beethoven", name) for name in listed)
    assert not any(re.search("(?i)belle of the kitchen|aldridge", tunes._split(path)[number]) for path, number in list(listed.values())[::7] if path.suffix == ".abc")


def test_dev_loops_never_play_in_training_items():
    held_out = {name for name, loop in loops.LOOPS.items() if loop.split == "dev"}
    assert len(held_out) == 3
    names = loops.plan(1, 2.0)
    assert {name.rsplit("-", 1)[0] for name in names} >= held_out


def test_drum_machine_hits_are_exact():
    style = electronic.Style((120, 120), ("9000900090009000",), ("0000000000000000",), ("0000000000000000",))
    spike = np.ones(1)
    track = electronic.drum_track(rng_for(1, "t", "d"), style, {"kick": spike, "snare": spike * 0, "hat": spike * 0}, 113.0, [True] * 8, 20 * SR)
    heard = np.flatnonzero(track) / SR
    grid = np.arange(40) * 60 / 113
    assert max(np.min(np.abs(grid - when)) for when in heard) < 1e-4


def test_change_of_speed_moves_times_by_the_returned_factor():
    sound = np.zeros(10 * SR, np.float32)
    sound[8 * SR] = 1.0
    for wish in (0.85, 0.93, 1.1):
        out, speed = change_speed(sound, wish)
        assert abs(speed - wish) < 0.01
        assert np.argmax(np.abs(out)) / SR == pytest.approx(8 / speed, abs=1e-4)


def test_level_and_cut():
    stems = level({"a": np.full(SR, 0.5, np.float32), "b": np.full(SR, 0.5, np.float32)})
    assert np.sqrt(np.mean((stems["a"] + stems["b"]) ** 2)) == pytest.approx(0.1, rel=1e-4)
    beats, place = cut_beats(np.arange(10.0), np.arange(10), 2.5, 6.0)
    assert list(beats) == [0.5, 1.5, 2.5] and list(place) == [3, 4, 5]


def test_metadata_is_complete():
    meta = ItemMeta("loops", "x", "g", "train", "CC0-1.0", "exact")
    assert meta.licence and meta.group
    assert all(package.licence for package in packages.PACKAGES.values())
    assert all(project.licence for project in lmms.PROJECTS.values())
