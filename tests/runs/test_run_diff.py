"""`runs.diff`: in what two runs differ, and at which step their curves part."""

from __future__ import annotations

import math

import pytest

from chainrule.errors import ArgumentError
from chainrule.runs import Recorder, Run, diff
from chainrule.runs.parting import parting


@pytest.fixture
def record(tmp_path):
    """Return a function that records a run: what it was given, its losses by step, and by epoch."""

    def record_it(losses=(), epochs=(), **given):
        recorder = Recorder(tmp_path, name="run", capture_output=False, **given)
        for step, loss in enumerate(losses):
            recorder.log(step, {"loss": loss})
        for number, values in enumerate(epochs):
            recorder.epoch(number, 10 * (number + 1), values)
        recorder.finish()
        return Run(recorder.path)

    return record_it


def test_two_runs_that_did_the_same_are_the_same_to_the_last_bit(record):
    runs = [record([1.0, 0.1 + 0.2, math.nan], [{"loss": 0.5}], settings={"rate": 0.1}, seed=3) for _ in "ab"]
    found = diff(*runs)
    assert found.same and found.first is None
    assert found.verdict() == "Every number of both runs is the same to the last bit."
    assert found.given == {}
    assert [str(one) for one in found.steps] == ["loss: 3 steps, the same to the last bit; ended at nan"]
    assert [str(one) for one in found.epochs] == ["loss: 1 epoch, the same to the last bit; ended at 0.5"]


def test_one_bit_is_a_difference_and_rounding(record):
    loss = 0.5
    found = diff(record([1.0, loss, 0.25]), record([1.0, math.nextafter(loss, 1), 0.25]))
    (curve,) = found.steps
    assert (curve.last_equal, curve.apart, curve.beyond) == (0, 1, None)
    assert str(curve) == (
        "loss: equal up to step 0, apart at step 1, by rounding alone; ended at 0.25 and 0.25, 0 apart"
    )
    assert not found.same


def test_rounding_that_grows_is_told_with_both_steps(record):
    a = [1.0, 0.5, 0.4, 0.3, 0.2]
    b = [1.0, 0.5, 0.4 * (1 + 1e-9), 0.3 * (1 + 1e-7), 0.21]
    (curve,) = diff(record(a), record(b)).steps
    assert (curve.last_equal, curve.apart, curve.beyond) == (1, 2, 4)
    assert str(curve).startswith(
        "loss: equal up to step 1, apart at step 2, by more than rounding at step 4; ended at "
    )
    (curve,) = diff(record(a), record(b), tolerance=1e-8).steps
    assert curve.beyond == 3
    (curve,) = diff(record(a), record(b), tolerance=0).steps
    assert curve.beyond == 2


def test_a_long_run_is_compared_at_the_steps_that_both_kept(record):
    # 5,000 steps are kept by twos, 3,000 one by one; the first difference, at step 1,025, is seen at the next even one.
    long = [1 / (step + 1) for step in range(5000)]
    short = [loss if step < 1025 else 2 * loss for step, loss in enumerate(long[:3000])]
    found = diff(record(long), record(short))
    assert str(found.first).startswith("loss: equal up to step 1,024, apart at step 1,026; 1,000 steps only in a, ")
    assert found.steps[0].alone == (1000, 1500)


def test_what_differs_from_the_first_point_on(record):
    found = diff(record([1.0, 0.5]), record([2.0, 0.5]))
    assert found.verdict() == (
        "They part in loss: apart from step 0 on, the first that both have; ended at 0.5 and 0.5, 0 apart."
    )


def test_a_run_that_went_on_longer(record):
    found = diff(record(epochs=[{"loss": 0.5}]), record(epochs=[{"loss": 0.5}, {"loss": 0.25}]))
    assert not found.same and found.first is None
    assert found.verdict() == "What both have recorded is the same to the last bit; one of them has more."
    assert str(found.epochs[0]) == (
        "loss: the same to the last bit in the 1 epoch that both have; 1 epoch only in b; ended at 0.5 and 0.25, "
        "0.25 apart"
    )


def test_without_steps_the_epochs_say_where_they_part(record):
    a, b = ([{"loss": 0.5, "accuracy": x} for x in (0.5, last)] for last in (0.75, 1.0))
    found = diff(record(epochs=a), record(epochs=b))
    assert found.first is not None and (found.first.metric, found.first.by, found.first.apart) == (
        "accuracy",
        "epoch",
        1,
    )


def test_metrics_that_one_alone_has(record):
    a, b = record(epochs=[{"loss": 0.5, "auc": 0.5}]), record(epochs=[{"loss": 0.5, "recall": 0.5}])
    found = diff(a, b)
    assert found.only == (["auc"], ["recall"])
    assert not found.same
    assert "only in a: auc\nonly in b: recall" in str(found)


def test_nothing_in_common(record):
    assert diff(record(), record([0.5])).verdict() == "They have no numbers in common."


def test_what_they_were_given_is_told_by_name(record):
    data = {"rows": 768, "columns": ["age", "glucose"], "fingerprint": "ab"}
    a = record(settings={"fit": {"epochs": 5}, "layers": [{"units": 12}]}, data=data, seed=1)
    b = record(
        settings={"fit": {"epochs": 6, "shuffle": True}, "layers": [{"units": 12}]},
        data=data | {"columns": ["age", "insulin"], "fingerprint": "cd"},
        seed=2,
    )
    given = diff(a, b).given
    assert given["settings"] == {"fit.epochs": (5, 6), "fit.shuffle": ("—", True)}
    assert given["data"] == {"columns[1]": ("glucose", "insulin"), "fingerprint": ("ab", "cd")}
    assert given["seed"] == {"seed": (1, 2)}
    assert list(given) == ["settings", "data", "seed"]


def test_minus_zero_and_infinity_are_seen_bit_by_bit():
    assert parting("loss", "step", ([0], [0.0]), ([0], [-0.0])).apart == 0
    assert parting("loss", "step", ([0], [0.0]), ([0], [-0.0])).beyond is None
    assert parting("loss", "step", ([0], [math.inf]), ([0], [math.inf])).same
    assert parting("loss", "step", ([0], [math.nan]), ([0], [1.0])).beyond == 0


@pytest.mark.parametrize("tolerance", [-1.0, math.nan, "much"])
def test_a_tolerance_that_is_none(record, tolerance):
    run = record([0.5])
    with pytest.raises(ArgumentError, match="diff: tolerance is a share of 0 or more, such as 1e-6; received "):
        diff(run, run, tolerance)


def test_what_is_no_run(record):
    sentence = r"diff takes runs, from Run\(path\), list_runs\(\) or find\('last'\); received 'last'\."
    with pytest.raises(ArgumentError, match=sentence):
        diff(record([0.5]), "last")
