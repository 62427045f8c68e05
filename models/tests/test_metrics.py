"""Scores against values worked out by hand."""

import math

import numpy as np
import pytest

from beat_model import metrics
from beat_model.announcements import Tracked

NO_BARS = np.zeros(0, dtype=int)


def steady(bpm=120.0, seconds=20.0, offset=0.0):
    """A beat at 0 and then every 60 / bpm seconds, all moved by offset."""
    return np.arange(0.0, seconds, 60.0 / bpm) + offset


def score(tracked, reference=None, bars=None, duration=20.0):
    reference = steady() if reference is None else reference
    bars = np.zeros(reference.size, dtype=int) if bars is None else bars
    tracked = tracked if isinstance(tracked, Tracked) else Tracked(np.asarray(tracked, dtype=float))
    return metrics.score_clip(reference, bars, tracked, duration)


# --- accuracy ---


def test_perfect_beats_score_one():
    result = score(steady())

    assert (result.f, result.cmlt, result.amlt, result.tempo_1, result.early_f) == (1.0, 1.0, 1.0, 1.0, 1.0)
    assert (result.lock_s, result.locked, result.wrong_level) == (0.0, True, False)


def test_beats_before_5_s_do_not_count_for_f():
    assert score(steady()[10:]).f == 1.0  # from 5.0 s


def test_missing_every_fourth_beat_costs_recall():
    kept = [beat for index, beat in enumerate(steady()) if index % 4 != 3]

    # From 5 s on 30 annotated beats, 11 ... 39 step 4 = 8 of them missing: P = 1, R = 22/30.
    assert score(kept).f == pytest.approx(2 * 22 / 30 / (1 + 22 / 30))


def test_double_tempo_is_right_for_amlt_and_accuracy_2_only():
    result = score(steady(bpm=240))

    # 30 annotated beats from 5 s, 60 said: P = 1/2, R = 1.
    assert result.f == pytest.approx(2 / 3)
    assert result.cmlt < 0.1 and result.amlt > 0.9 and result.wrong_level
    assert (result.tempo_1, result.tempo_2) == (0.0, 1.0)
    assert (result.locked, result.lock_s) == (False, 20.0)


def test_off_beat_is_wrong_level():
    result = score(steady(offset=0.25))

    assert result.f == 0.0 and result.amlt > 0.9 and result.wrong_level
    assert result.tempo_1 == 1.0


@pytest.mark.parametrize(
    ("bpm", "one", "two"), [(124.0, 1, 1), (126.0, 0, 0), (40.5, 0, 1), (366.0, 0, 1), (180.0, 0, 0)]
)
def test_tempo_is_right_within_4_percent(bpm, one, two):
    assert metrics.tempo_right(120.0, bpm, metrics.TEMPO_LEVELS[:1]) == one
    assert metrics.tempo_right(120.0, bpm, metrics.TEMPO_LEVELS) == two


def test_late_beats_have_a_positive_error():
    result = score(steady(offset=0.03))

    assert np.median(result.errors_ms) == pytest.approx(30.0)
    assert result.f == 1.0


def test_downbeats_are_scored_by_place_in_bar():
    bars = np.arange(40) % 4 + 1
    shifted = Tracked(steady(), bars=(np.arange(40) + 2) % 4 + 1)
    # Downbeats from 5 s: annotated 6, 8 ... 18 (beats 12, 16 ... 36: 7), said 5, 7 ... 19 (8).
    half = Tracked(steady(), bars=np.where(np.arange(40) % 8 == 0, 1, 0))  # 8, 12, 16 s: 3 of 7

    assert score(shifted, bars=bars).downbeat_f == 0.0
    assert score(half, bars=bars).downbeat_f == pytest.approx(2 * 3 / (3 + 7))


def test_tracker_or_annotation_without_bars_has_no_downbeat_score():
    assert math.isnan(score(steady(), bars=np.arange(40) % 4 + 1).downbeat_f)
    assert math.isnan(score(Tracked(steady(), bars=np.ones(40, dtype=int))).downbeat_f)


def test_early_f_looks_at_5_to_12_s_only():
    late = steady()[24:]  # from 12 s

    assert score(late).early_f == 0.0
    assert score(steady()[:24]).early_f == 1.0


def test_beat_matched_across_the_edge_of_the_stretch_counts():
    # Annotated 5.0 is matched by 4.96, which lies outside: recall is full, precision too.
    assert score(steady(offset=-0.04)).early_f == 1.0


def test_no_beats_score_zero_and_never_lock():
    result = score([])

    assert (result.f, result.cmlt, result.amlt, result.tempo_1, result.early_f) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert (result.lock_s, result.locked) == (20.0, False)


def test_clip_without_music_counts_false_beats_and_nothing_else():
    result = score([1.0, 2.0, 3.0], reference=np.zeros(0), bars=NO_BARS, duration=30.0)

    assert result.false_per_minute == 6.0
    assert math.isnan(result.f) and math.isnan(result.lock_s)


def test_beats_out_of_order_or_before_the_start_do_no_harm():
    assert score([*steady()[::-1], -0.3]).f == 1.0


def test_same_beat_said_twice_is_wrong_once():
    # 30 annotated from 5 s, 31 said.
    assert score([*steady(), 10.0]).f == pytest.approx(2 * 30 / 61)


# --- lock, jumps, calibration ---


def test_lock_starts_with_the_first_of_four_right_beats_in_a_row():
    tracked = [0.0, 0.5, 1.0, 1.7, 2.0, 2.55, 3.0, 3.45, 4.0]  # 1.7 breaks the first run

    assert score(tracked).lock_s == 2.0


def test_left_out_beat_breaks_the_run():
    assert metrics.time_to_lock(steady(), np.array([0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.5])) == 2.0


def test_extra_beat_breaks_the_run():
    assert metrics.time_to_lock(steady(), np.array([0.0, 0.5, 0.75, 1.0, 1.5, 2.0])) is None


def test_jump_is_a_step_40_ms_off_the_announced_period():
    times = np.array([0.0, 0.5, 1.03, 1.5, 2.05, 2.5])  # steps .5 .53 .47 .55 .45: the last two
    tracked = Tracked(times, bpm=np.full(6, 120.0))

    assert score(tracked, duration=30.0).jumps_per_minute == 4.0


def test_tracker_without_tempo_has_no_jumps_to_count():
    assert math.isnan(score(steady()).jumps_per_minute)


def test_known_is_measured_against_the_annotation():
    tracked = Tracked(steady(offset=0.01), known_at=steady(offset=-0.2))

    assert np.median(score(tracked).known_ms) == pytest.approx(-200.0)


def test_confidence_is_compared_only_where_the_annotation_speaks():
    reference = steady()[4:8]  # 2.0 2.5 3.0 3.5: speaks from 1.75 to 3.75
    tracked = Tracked(np.array([1.0, 2.0, 2.2, 3.0, 5.0]), confidence=np.array([0.1, 0.9, 0.2, 0.8, 0.3]))

    result = score(tracked, reference=reference)

    assert result.confidence == [0.9, 0.2, 0.8]
    assert result.right == [True, False, True]


def test_reliability_table_and_ece():
    table, ece = metrics.reliability([0.95, 0.95, 0.85, 0.85, 1.0], [True, False, True, True, True])

    # Bin .8-.9: said .85, right 1; bin .9-1: said 2.9/3, right 2/3.
    assert [(row.low, row.count) for row in table] == [(0.8, 2), (0.9, 3)]
    assert table[1].right == pytest.approx(2 / 3)
    assert ece == pytest.approx((2 * 0.15 + 3 * (2.9 / 3 - 2 / 3)) / 5)


def test_reliability_of_nothing_is_nothing():
    table, ece = metrics.reliability([], [])

    assert table == [] and math.isnan(ece)


def test_bootstrap_draws_groups_and_leaves_out_nan():
    values = np.array([0.2, 0.4, float("nan"), 0.9])

    same_song = metrics.bootstrap_interval(values, ["a", "a", "a", "a"])
    songs = metrics.bootstrap_interval(values, ["a", "a", "b", "c"])

    assert same_song == pytest.approx((0.5, 0.5))
    assert songs == pytest.approx((0.3, 0.9))
