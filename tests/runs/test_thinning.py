"""Which steps stay depends on their numbers alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainrule.runs.batch import Batch
from chainrule.runs.thinning import MOST_STEPS, Thinning

STEPS = st.lists(st.integers(-50, 3000), max_size=300)


def kept(thinning: Thinning, name: str, steps) -> list[int]:
    return [step for step in steps if step % thinning.stride(name) == 0]


@given(STEPS, st.integers(1, 40))
def test_the_stride_is_the_same_however_the_steps_come(steps, size):
    at_once, in_parts, one_by_one = Thinning(most=16), Thinning(most=16), Thinning(most=16)
    at_once.add("loss", steps)
    for start in range(0, len(steps), size):
        in_parts.add("loss", steps[start : start + size])
    for step in steps:
        one_by_one.add("loss", [step])
    assert at_once.stride("loss") == in_parts.stride("loss") == one_by_one.stride("loss")
    assert len(set(kept(at_once, "loss", steps))) <= 16


@given(STEPS)
def test_the_stride_is_the_smallest_that_fits(steps):
    thinning = Thinning(most=16)
    stride = thinning.add("loss", steps)
    assert stride == 1 or len({step for step in steps if step % (stride // 2) == 0}) > 16


def test_what_is_left_out_early_would_have_been_left_out_late():
    thinning = Thinning(most=4)
    thinning.add("loss", range(20))
    assert thinning.stride("loss") == thinning.smallest == 8
    assert thinning.leaves_out(4, {"loss": 1.0}) and not thinning.leaves_out(16, {"loss": 1.0})
    assert not thinning.leaves_out(4, {"loss": 1.0, "a new one": 1.0})


def test_each_metric_has_a_stride_of_its_own():
    thinning = Thinning(most=4)
    thinning.add("loss", range(100))
    thinning.add("rate", range(0, 100, 50))
    assert (thinning.stride("loss"), thinning.stride("rate"), thinning.smallest) == (32, 1, 1)


def test_one_step_again_and_again_is_one_step():
    thinning = Thinning(most=2)
    for _ in range(10):
        assert thinning.add("loss", [0]) == 1


def test_a_stretch_gives_the_rows_that_single_steps_give():
    values = [float(step) for step in range(3 * MOST_STEPS)]
    single, stretch = Batch(), Batch()
    single.take([("step", (step, {"loss": value})) for step, value in enumerate(values)], 0.0)
    stretch.take([("stretch", (0, 1, "loss", values))], 0.0)
    assert single.statements == stretch.statements
    assert len(single.statements[-1][1]) == len(values) // 4


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 200)), max_size=12))
def test_stretches_that_make_room_keep_the_same_steps(parts):
    plain, roomy, first, everything = Thinning(most=16), Thinning(most=16), 0, []
    for gap, count in parts:
        steps = range(first + gap, first + gap + count)
        first, everything = steps.stop, everything + list(steps)
        plain.add("loss", steps)
        stride = roomy.make_room("loss", steps)
        roomy.add("loss", [step for step in steps if step % stride == 0])
        assert roomy.stride("loss") == plain.stride("loss") and roomy.smallest == plain.smallest
    assert kept(roomy, "loss", everything) == kept(plain, "loss", everything)
