"""A folder of clips and a folder of announcements into a report."""

import json

import numpy as np
import pytest
import soundfile

from beat_model.evaluation import Clip, ClipSet, find_clips, score_tactus
from beat_model.report import full_report, summary


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two silent clips of 20 s with beats at 120 bpm; one says its genre."""
    monkeypatch.setenv("TACTUS_CACHE", str(tmp_path / "cache"))
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("one", "two"):
        soundfile.write(clips / f"{name}.wav", np.zeros(20 * 8000), 8000)
        (clips / f"{name}.beats").write_text("".join(f"{index * 0.5}\t{index % 4 + 1}\n" for index in range(40)))
    (clips / "one.json").write_text('{"genre": "polka", "group": "a song"}')
    (clips / "lonely.beats").write_text("1.0\t0\n")
    return clips


def announce(path, times):
    """A stream that announces each time 200 ms ahead at full confidence."""
    rows = [
        {
            "beatId": f"b{index}",
            "rev": 0,
            "state": "announced",
            "time": time,
            "beatInBar": index % 4 + 1,
            "announcedAt": time - 0.2,
            "bpm": 120,
            "confidence": 1,
        }
        for index, time in enumerate(times)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def clip_at(bpm):
    beats = np.arange(0.0, 20.0, 60.0 / bpm)
    return Clip("x.wav", beats, np.zeros(beats.size, dtype=int), 20.0, "unknown", "x")


def test_clips_are_those_with_sound_and_beats(folder):
    one, two = find_clips(folder)

    assert (one.audio.name, one.genre, one.group, one.duration_s) == ("one.wav", "polka", "a song", 20.0)
    assert (two.audio.name, two.genre, two.group) == ("two.wav", "unknown", "two")
    assert one.bars[:5].tolist() == [1, 2, 3, 4, 1]


def test_limit_takes_that_many(folder):
    assert [clip.audio.name for clip in find_clips(folder, limit=1)] == ["one.wav"]


@pytest.mark.parametrize(("bpm", "band"), [(60, "under 80"), (80.5, "80-100"), (119, "100-120"), (174, "170 and more")])
def test_tempo_band_has_its_lower_edge(bpm, band):
    assert clip_at(bpm).tempo_band == band


def test_clip_without_announcements_scores_zero_and_is_said(folder, tmp_path):
    announce(tmp_path / "one.jsonl", np.arange(0, 20, 0.5).tolist())

    result, failures = score_tactus(find_clips(folder), tmp_path, cpu_share=0.02)

    assert result.values("f").tolist() == [1.0, 0.0]
    assert failures == ["tactus: two.wav: No such file or directory: two.jsonl"]


def test_report_holds_the_scores(folder, tmp_path):
    for name in ("one", "two"):
        announce(tmp_path / f"{name}.jsonl", np.arange(0, 20, 0.5).tolist())
    clips = find_clips(folder)
    result, _ = score_tactus(clips, tmp_path, cpu_share=0.02)
    clip_set = ClipSet("real", "Silence.", clips, [result])

    text = full_report([clip_set], ["aubio: not here"], "Made by hand.", [])

    row = next(line for line in text.splitlines() if line.startswith("| Tactus"))
    assert [cell.strip() for cell in row.split("|")[2:8]] == ["100.0", "100.0 … 100.0", "–", "100.0", "100.0", "100.0"]
    assert "- aubio: not here" in text
    assert summary([clip_set])["real"]["tactus"]["known_ms"] == -200.0
