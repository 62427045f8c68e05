"""Announcements into beats as they stood 100 ms before they fell."""

import json

import pytest

from beat_model.announcements import Announcement, as_it_stood, beats_as_they_stood, read_announcements


def said(at, time, state="announced", rev=0, beat_id="a", beat_in_bar=0, bpm=120.0, confidence=0.9):
    return Announcement(beat_id, rev, state, time, beat_in_bar, at, bpm, confidence)


def test_announcement_in_time_stands():
    assert as_it_stood([said(at=9.8, time=10.0)]).time == 10.0


def test_announcement_exactly_100_ms_ahead_stands():
    assert as_it_stood([said(at=0.2, time=0.3)]).time == 0.3  # 0.3 - 0.1 is a little below 0.2 in floats


def test_rounding_of_both_times_to_a_tenth_of_a_millisecond_is_forgiven():
    # Sent at 9.90005, due at 10.00005 or a little less: printed as 9.9001 and 10.0.
    assert as_it_stood([said(at=9.9001, time=10.0)]).time == 10.0


def test_announcement_50_ms_ahead_is_too_late():
    assert as_it_stood([said(at=9.95, time=10.0)]) is None


def test_revision_before_the_freeze_moves_the_beat():
    history = [said(at=9.8, time=10.0), said(at=9.85, time=10.02, state="revised", rev=1)]

    assert as_it_stood(history).time == 10.02


def test_revision_after_the_freeze_is_ignored():
    history = [said(at=9.8, time=10.0), said(at=9.93, time=10.06, state="revised", rev=1)]

    assert as_it_stood(history).time == 10.0


def test_beat_frozen_once_does_not_move_later_even_with_enough_notice():
    history = [said(at=9.8, time=10.0), said(at=9.95, time=10.5, state="revised", rev=1)]

    assert as_it_stood(history).time == 10.0


def test_beat_moved_nearer_than_100_ms_was_not_there_in_time():
    history = [said(at=10.0, time=10.5), said(at=10.15, time=10.2, state="revised", rev=1)]

    assert as_it_stood(history) is None


def test_beat_moved_later_just_before_its_freeze_stands_at_the_new_time():
    history = [said(at=9.8, time=10.0), said(at=9.9, time=10.05, state="revised", rev=1)]

    assert as_it_stood(history).time == 10.05


def test_withdrawal_before_the_freeze_removes_the_beat():
    assert as_it_stood([said(at=9.8, time=10.0), said(at=9.89, time=10.0, state="withdrawn", rev=1)]) is None


def test_withdrawal_after_the_freeze_comes_too_late():
    assert as_it_stood([said(at=9.8, time=10.0), said(at=9.91, time=10.0, state="withdrawn", rev=1)]).time == 10.0


def test_withdrawn_beat_may_be_announced_again():
    history = [
        said(at=9.7, time=10.0),
        said(at=9.75, time=10.0, state="withdrawn", rev=1),
        said(at=9.8, time=10.01, state="revised", rev=2),
    ]

    assert as_it_stood(history).time == 10.01


def test_final_with_the_same_rev_keeps_the_beat():
    assert as_it_stood([said(at=9.8, time=10.0), said(at=9.9, time=10.0, state="final")]).time == 10.0


def test_stream_becomes_beats_in_order_of_time(tmp_path):
    rows = [
        {"beatId": "b", "rev": 0, "state": "announced", "time": 2.0, "announcedAt": 1.7, "beatInBar": 2},
        {"beatId": "a", "rev": 0, "state": "announced", "time": 1.5, "announcedAt": 1.3, "beatInBar": 1},
        {"beatId": "c", "rev": 0, "state": "announced", "time": 2.5, "announcedAt": 2.45, "beatInBar": 3},
        {"beatId": "d", "rev": 0, "state": "announced", "time": 3.0, "announcedAt": 2.8, "beatInBar": 4},
        {"beatId": "d", "rev": 1, "state": "withdrawn", "time": 3.0, "announcedAt": 2.85, "beatInBar": 4},
    ]
    path = tmp_path / "clip.jsonl"
    path.write_text("\n".join(json.dumps({**row, "bpm": 120, "confidence": 0.5, "more": "x"}) for row in rows) + "\n")

    beats = beats_as_they_stood(read_announcements(path))

    assert beats.times.tolist() == [1.5, 2.0]
    assert beats.bars.tolist() == [1, 2]
    assert beats.known_at.tolist() == [1.3, 1.7]
    assert beats.leads == pytest.approx([0.3, 0.2, 0.05, 0.2])
    assert beats.too_late == 1


def test_malformed_line_is_named(tmp_path):
    path = tmp_path / "clip.jsonl"
    path.write_text('{"beatId":"a"}\n')

    with pytest.raises(ValueError, match=r"clip.jsonl:1: Not an announcement \(KeyError: 'rev'\)"):
        read_announcements(path)


def test_file_without_announcements_has_no_beats(tmp_path):
    path = tmp_path / "clip.jsonl"
    path.write_text("")

    assert beats_as_they_stood(read_announcements(path)).times.size == 0
