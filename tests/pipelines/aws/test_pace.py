"""The pace: no burst, one window for each account, region and API, and an end when the worker stops."""

from __future__ import annotations

import threading

import pytest

from pipelines.aws.pace import CallMeter, Pace, RunWasStopped


def test_calls_within_the_pace_pass_and_the_next_one_waits() -> None:
    stop = threading.Event()
    pace = Pace(2, stop)
    pace.wait_for_turn("1", "us-east-1", "ce.GetCostAndUsage")
    pace.wait_for_turn("1", "us-east-1", "ce.GetCostAndUsage")
    threading.Timer(0.1, stop.set).start()
    # The third would have to wait for a second; being told to stop ends the wait.
    with pytest.raises(RunWasStopped):
        pace.wait_for_turn("1", "us-east-1", "ce.GetCostAndUsage")


def test_each_account_region_and_api_has_its_own_pace() -> None:
    # One call in a hundred seconds: if they shared a window, this would not come back.
    pace = Pace(0.01, threading.Event())
    for place in (("1", "us-east-1", "a"), ("2", "us-east-1", "a"), ("1", "eu-west-1", "a"), ("1", "us-east-1", "b")):
        pace.wait_for_turn(*place)


def test_a_stopped_worker_sends_nothing() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(RunWasStopped):
        Pace(100, stop).wait_for_turn("1", "us-east-1", "a")


@pytest.mark.parametrize(
    ("per_second", "window"), [(2.5, "2 per 1 second"), (0.4, "1 per 3 second"), (1, "1 per 1 second")]
)
def test_fractions_are_rounded_to_the_careful_side(per_second: float, window: str) -> None:
    assert str(Pace(per_second, threading.Event())._window) == window


def test_threads_count_together() -> None:
    meter = CallMeter()
    threads = [threading.Thread(target=lambda: [meter.count(calls=1) for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (meter.calls, meter.throttles) == (4000, 0)
