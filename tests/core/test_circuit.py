"""One host that is slow or dead takes no more than its share, and costs nothing while it is known to be dead."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from lms_app.core import circuit
from lms_app.core.circuit import AT_ONCE, LONGEST, MOST, PAUSE, TRIP, Refused


class Time:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    moved = Time()
    monkeypatch.setattr(circuit, "clock", moved)
    circuit.forget()
    yield moved
    circuit.forget()


def call(is_well: bool | None, host: str = "a") -> str:
    """One call and what it says about the host; the word of a refusal, or nothing."""
    try:
        with circuit.passage(host, 0.01) as under_way:
            under_way.is_well = is_well
    except Refused as error:
        return str(error)
    return ""


def break_down(host: str = "a") -> None:
    for _ in range(TRIP):
        assert call(is_well=False, host=host) == ""


def test_a_host_that_fails_five_times_in_a_row_is_refused_at_once(time: Time) -> None:
    break_down()
    assert call(is_well=True) == "circuit"
    time.now += PAUSE - 0.01
    assert call(is_well=True) == "circuit"


def test_faults_that_are_not_in_a_row_refuse_nothing(time: Time) -> None:
    del time
    for _ in range(3):
        for is_well in [False] * (TRIP - 1) + [True]:
            assert call(is_well) == ""


def test_a_call_that_says_nothing_neither_counts_nor_forgives(time: Time) -> None:
    del time
    for is_well in [False, None] * (TRIP - 1) + [False]:
        assert call(is_well) == ""
    assert call(is_well=True) == "circuit"


def test_another_host_is_called_all_the_while(time: Time) -> None:
    del time
    break_down("a")
    assert call(is_well=True, host="b") == ""


def test_after_the_pause_one_probe_goes_through_and_its_success_lets_all_through(time: Time) -> None:
    break_down()
    time.now += PAUSE
    with circuit.passage("a", 0.01) as probe:
        assert call(is_well=True) == "circuit"
        probe.is_well = True
    with ExitStack() as many:
        for _ in range(AT_ONCE):
            many.enter_context(circuit.passage("a", 0.01))


def test_a_probe_that_fails_doubles_the_pause_up_to_a_minute(time: Time) -> None:
    break_down()
    time.now += PAUSE
    pauses = []
    for _ in range(3):
        assert call(is_well=False) == ""
        began = time.now
        while call(is_well=None) == "circuit":
            time.now += 1
        pauses.append(time.now - began)
    assert pauses == [PAUSE * 2, LONGEST, LONGEST]


def test_a_probe_that_says_nothing_makes_way_for_the_next(time: Time) -> None:
    break_down()
    time.now += PAUSE
    assert [call(is_well=None), call(is_well=True), call(is_well=True)] == ["", "", ""]


def test_calls_that_set_out_before_do_not_lengthen_the_pause(time: Time) -> None:
    with circuit.passage("a", 0.01) as straggler:
        break_down()
        time.now += PAUSE - 1
        straggler.is_well = False
    time.now += 1
    assert call(is_well=True) == ""


def test_one_call_too_many_at_once_is_refused_as_busy_and_does_not_count_as_a_fault(time: Time) -> None:
    del time
    with ExitStack() as many:
        for _ in range(AT_ONCE):
            many.enter_context(circuit.passage("a", 0.01))
        assert [call(is_well=False) for _ in range(TRIP)] == ["busy"] * TRIP
        assert call(is_well=True, host="b") == ""
    assert call(is_well=True) == ""


def test_a_call_goes_on_as_soon_as_another_ends(time: Time) -> None:
    del time
    said: list[str] = []

    def wait() -> None:
        with circuit.passage("a", 60):
            said.append("went on")

    with ExitStack() as many:
        for _ in range(AT_ONCE):
            many.enter_context(circuit.passage("a", 0.01))
        thread = threading.Thread(target=wait)
        thread.start()
        assert said == []
    thread.join(5)
    assert said == ["went on"]


def test_never_more_than_allowed_of_many_threads_are_under_way(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    del time
    monkeypatch.setattr(circuit, "PATIENCE", 30.0)
    lock, under_way, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal under_way, most
        for _ in range(50):
            with circuit.passage("a", 30):
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                with lock:
                    under_way -= 1

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < most <= AT_ONCE


def test_one_who_knocks_is_let_through_an_open_circuit_and_opens_it_for_all(time: Time) -> None:
    del time
    break_down()
    with circuit.knocking():
        assert call(is_well=False) == ""
        assert call(is_well=True) == ""
    assert call(is_well=True) == ""


def test_one_who_knocks_does_not_wait_for_the_others(time: Time) -> None:
    """The outbox's lanes count sends over all workers, and their number can be raised for a platform."""
    del time
    with circuit.knocking(), ExitStack() as many:
        for _ in range(AT_ONCE * 2):
            many.enter_context(circuit.passage("a", 0.01))


def test_a_call_that_fails_unexpectedly_gives_its_place_back(time: Time) -> None:
    del time
    for _ in range(AT_ONCE * 2):
        with suppress(KeyError), circuit.passage("a", 0.01):
            raise KeyError
    assert call(is_well=True) == ""


def test_the_hosts_that_were_not_called_for_longest_are_forgotten(time: Time) -> None:
    break_down("old")
    with circuit.passage("busy", 0.01):
        for n in range(MOST * 3):
            time.now += 0.001
            call(is_well=False, host=str(n))
        assert len(circuit._hosts) <= MOST
        assert "busy" in circuit._hosts
    assert call(is_well=True, host="old") == ""
