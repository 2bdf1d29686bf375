"""The buffers between training and the thread that writes its record: nothing is lost, doubled or waited for."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from chainrule.callbacks.epochs import Epochs
from chainrule.callbacks.steps import Steps
from chainrule.optimizers import SGD
from chainrule.optimizers.schedules import ExponentialDecay
from chainrule.runs.thinning import Thinning


def stretches(items, name="loss"):
    """Return step → value of the items of one metric, and see that none comes twice."""
    found = {}
    for kind, (first, stride, metric, values) in items:
        assert kind == "stretch"
        if metric == name:
            new = {first + stride * place: value for place, value in enumerate(values.tolist())}
            assert not found.keys() & new.keys()
            found.update(new)
    return found


def fill(steps, first, n, room=None):
    """Train n steps as the core does; the loss of step k is k."""
    steps.room(first, room or n)[:n] = np.arange(first, first + n)
    steps.took(n, ())


@pytest.mark.parametrize("capacity", [1, 7, 1000])
@pytest.mark.parametrize("often", [True, False])
def test_every_step_comes_once(capacity, often):
    steps, items, first = Steps(SGD(), Thinning(), capacity), [], 0
    for n in (3, 1, 12, 5, 5, 20):
        fill(steps, first, n, room=n + 2)  # a call of the core may end before its last batch
        first += n
        if often:
            items += steps.take()
    found = stretches(items + steps.take())
    assert found == {step: float(step) for step in range(first)}
    assert steps.take() == []


def test_what_was_taken_is_a_copy():
    steps = Steps(SGD(), Thinning())
    fill(steps, 0, 4)
    items = steps.take()
    steps._state[0][:] = -1
    assert stretches(items) == {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0}


def test_only_what_is_kept_is_copied():
    thinning = Thinning(most=4)
    thinning.add("loss", range(10))  # more than 4: a stride of 4 is reached, for 0, 4, 8
    steps = Steps(SGD(), thinning)
    fill(steps, 0, 3)
    assert stretches(steps.take()) == {0: 0.0}
    fill(steps, 3, 8)
    assert stretches(steps.take()) == {4: 4.0, 8: 8.0}
    fill(steps, 11, 1)
    assert steps.take() == []


def test_steps_that_jump():
    steps = Steps(SGD(), Thinning(), 100)
    fill(steps, 0, 3)
    fill(steps, 50, 2)  # a callback has set the optimizer's count
    assert stretches(steps.take()) == {0: 0.0, 1: 1.0, 2: 2.0, 50: 50.0, 51: 51.0}


def test_a_schedules_rates():
    schedule = ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    steps = Steps(SGD(schedule), Thinning(), 2)
    steps.one(0, 7.0)
    steps.room(1, 3)[:] = 8.0
    steps.took(2, [0.25, 0.125, 0.0625])
    items = steps.take()
    assert stretches(items) == {0: 7.0, 1: 8.0, 2: 8.0}
    assert stretches(items, "learning_rate") == {0: 0.5, 1: 0.25, 2: 0.125}


def test_one_thread_trains_and_another_takes():
    steps, total, items = Steps(SGD(), Thinning(), 64), 20_000, []
    over = threading.Event()

    def train():
        first = 0
        while first < total:
            n = min(1 + first % 11, total - first)
            fill(steps, first, n, room=n + first % 3)
            first += n
        over.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not over.is_set():
        items += steps.take()
    thread.join()
    assert stretches(items + steps.take()) == {step: float(step) for step in range(total)}


def test_epochs_come_as_columns():
    epochs = Epochs()
    epochs.append((0, 10, 0.5, 0.1, {"loss": np.float32(0.5), "table": np.zeros(2), "word": "none"}))
    epochs.append((1, 20, 0.75, 0.2, {"loss": 2, "table": np.zeros(2), "word": "none"}))
    epochs.append((2, 30, 1.0, 0.3, {"loss": 1.0, "val_loss": 3.0}))
    epochs.append((3, 40, 1.5, None, {"loss": 1.0, "learning_rate": 7.0}))
    assert epochs.take() == [
        ("epochs", ((0, 1), (10, 20), (0.5, 0.75), {"loss": [0.5, 2.0], "learning_rate": [0.1, 0.2]})),
        ("epochs", ((2,), (30,), (1.0,), {"loss": [1.0], "val_loss": [3.0], "learning_rate": [0.3]})),
        ("epochs", ((3,), (40,), (1.5,), {"loss": [1.0], "learning_rate": [7.0]})),
    ]
    assert epochs.take() == []


def test_an_epoch_without_numbers():
    epochs = Epochs()
    epochs.append((0, 1, 0.1, None, {}))
    assert epochs.take() == [("epochs", ((0,), (1,), (0.1,), {}))]
