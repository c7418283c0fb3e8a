from datetime import datetime, timedelta

from chat.clock import is_stale, now, stamp


def test_now_is_a_time_without_zone():
    assert now().tzinfo is None


def test_stamp_ends_in_z():
    assert stamp(datetime(2025, 9, 11, 20, 19, 20)) == "2025-09-11T20:19:20Z"


def test_an_old_moment_is_stale():
    assert is_stale(datetime.utcnow() - timedelta(minutes=10), timedelta(minutes=5))


def test_a_fresh_moment_is_not_stale():
    assert not is_stale(datetime.utcnow(), timedelta(minutes=5))
