"""Work done ahead: in order, within bounds, with errors in their place and threads that end."""

from __future__ import annotations

import os
import threading

import pytest

from chainrule.images.ahead import NAME, map_ahead


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith(NAME)]


def join_all() -> None:
    for one in threads():
        one.join(10)


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_results_come_in_order(workers):
    assert list(map_ahead(lambda n: -n, range(50), workers, 3)) == [-n for n in range(50)]
    join_all()
    assert threads() == []


def test_only_so_many_are_begun_ahead():
    asked = []

    def items():
        for number in range(20):
            asked.append(number)
            yield number

    results = map_ahead(lambda n: n, items(), 2, 4)
    for taken in range(20):
        assert next(results) == taken
        assert len(asked) <= taken + 4
    results.close()


def test_an_error_comes_where_its_result_would_and_ends_the_threads():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    results = map_ahead(work, range(10), 2, 6)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    join_all()
    assert threads() == []


def test_threads_end_when_the_iterator_is_dropped():
    results = map_ahead(lambda n: n, range(1000), 2, 4)
    assert next(results) == 0 and threads()
    del results
    join_all()
    assert threads() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_goes_on_with_threads_of_its_own():
    results = map_ahead(lambda n: n, range(30), 2, 5)
    assert next(results) == 0
    child = os.fork()
    if child == 0:
        os._exit(0 if list(results) == list(range(1, 30)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(results) == list(range(1, 30))
    join_all()
