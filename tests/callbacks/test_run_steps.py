"""The buffers between training and the thread that writes its record: nothing is lost, doubled or waited for."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from chainrule.callbacks.epochs import Epochs
from chainrule.callbacks.steps import CAPACITY, Steps
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


class Core:
    """Writes losses as the core does: that of step k is k."""

    def __init__(self):
        self.kept = []

    def keep_losses(self, losses, first, every=1):
        self.losses, self.first, self.every = losses, first, every
        self.kept.append(first)

    def train(self, steps, n, room=None, rates=()):
        """Train n steps of those that there is room for."""
        first = steps.optimizer.iterations
        steps.prepare(self, first, room or n, rates)
        for step in range(max(first, self.first), first + n):
            if (step - self.first) % self.every == 0:
                self.losses[(step - self.first) // self.every] = step
        steps.optimizer.iterations += n


@pytest.mark.parametrize("capacity", [1, 7, 1000])
@pytest.mark.parametrize("often", [True, False])
def test_every_step_comes_once(capacity, often):
    steps, core, items = Steps(SGD(), Thinning(), capacity), Core(), []
    for n in (3, 1, 12, 5, 5, 20):
        core.train(steps, n, room=n + 2)  # a call of the core may end before its last batch
        if often:
            items += steps.take()
    if not often:
        steps.close()
    found = stretches(items + steps.take())
    assert found == {step: float(step) for step in range(46)}
    assert steps.take() == []


@pytest.mark.parametrize("capacity", [1, 7, 1000])
def test_every_step_of_a_loop_in_python_comes_once(capacity):
    steps, items = Steps(SGD(), Thinning(), capacity), []
    for step in range(20):
        steps.optimizer.iterations += 1
        if step % 3 == 0:
            items += steps.take()  # in between: the step is taken, and its loss not handed in yet
        steps.one(step, float(step))
    assert stretches(items + steps.take()) == {step: float(step) for step in range(20)}


def test_a_loop_of_steps_that_begins_late():
    optimizer = SGD()
    optimizer.iterations = 100
    steps, core = Steps(optimizer, Thinning()), Core()
    core.train(steps, 3)
    assert stretches(steps.take()) == {100: 100.0, 101: 101.0, 102: 102.0}


def test_the_core_is_told_of_a_buffer_once():
    steps, core = Steps(SGD(), Thinning(), 10), Core()
    for _ in range(7):
        core.train(steps, 3)
    assert core.kept == [0, 9, 18]
    steps.close()
    assert core.losses is None
    steps.close()
    assert stretches(steps.take()) == {step: float(step) for step in range(21)}


def test_what_was_taken_is_a_copy():
    steps, core = Steps(SGD(), Thinning()), Core()
    core.train(steps, 4)
    items = steps.take()
    core.losses[:] = -1
    assert stretches(items) == {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0}


def test_only_what_is_kept_is_copied():
    thinning = Thinning(most=4)
    thinning.add("loss", range(10))  # more than 4: a stride of 4 is reached, for 0, 4, 8
    steps, core = Steps(SGD(), thinning), Core()
    core.train(steps, 3)
    assert stretches(steps.take()) == {0: 0.0}
    core.train(steps, 8)
    assert stretches(steps.take()) == {4: 4.0, 8: 8.0}
    core.train(steps, 1)
    assert steps.take() == [] and core.kept == [0]
    assert len(core.losses) == CAPACITY


@pytest.mark.parametrize("python", [True, False])
@pytest.mark.parametrize("capacity", [2, 5, 100])
def test_the_steps_kept_are_those_of_a_recorder_that_was_given_all(capacity, python):
    """A stride that grows, by takes at odd moments: the multiples of the last one are there."""
    thinning, every, found = Thinning(most=8), Thinning(most=8), {}
    steps, core = Steps(SGD(), thinning, capacity), Core()
    for n in (3, 9, 1, 14, 2, 2, 40, 5, 77, 1, 3):
        first = steps.optimizer.iterations
        every.add("loss", range(first, first + n))
        if python:
            for step in range(first, first + n):
                steps.optimizer.iterations += 1
                steps.one(step, float(step))
        else:
            core.train(steps, n, room=n + 3)
        found |= stretches(items := steps.take())
        for _, (begin, stride, _, values) in items:
            now = thinning.make_room("loss", range(begin, begin + stride * len(values)))
            thinning.add("loss", [k for k in range(begin, begin + stride * len(values), stride) if k % now == 0])
    last = every.stride("loss")
    assert thinning.stride("loss") == last > 8
    assert {k: value for k, value in found.items() if k % last == 0} == {k: float(k) for k in range(0, 157, last)}


@pytest.mark.parametrize("capacity", [4, 100])
def test_steps_that_jump(capacity):
    steps, core = Steps(SGD(), Thinning(), capacity), Core()
    core.train(steps, 3)
    steps.optimizer.iterations = 50  # a callback has set the optimizer's count
    core.train(steps, 2)
    assert stretches(steps.take()) == {0: 0.0, 1: 1.0, 2: 2.0, 50: 50.0, 51: 51.0}


def test_a_schedules_rates():
    schedule = ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    steps, core = Steps(SGD(schedule), Thinning(), 2), Core()
    steps.optimizer.iterations = 1
    steps.one(0, 7.0)
    core.train(steps, 2, 3, [0.25, 0.125, 0.0625])
    items = steps.take()
    assert stretches(items) == {0: 7.0, 1: 1.0, 2: 2.0}
    assert stretches(items, "learning_rate") == {0: 0.5, 1: 0.25, 2: 0.125}


def test_one_thread_trains_and_another_takes():
    steps, core, total, items = Steps(SGD(), Thinning(10**6), 64), Core(), 20_000, []
    over = threading.Event()

    def train():
        while (done := steps.optimizer.iterations) < total:
            core.train(steps, min(1 + done % 11, total - done), room=12)
        over.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not over.is_set():
        items += steps.take()
    thread.join()
    assert stretches(items + steps.take()) == {step: float(step) for step in range(total)}


def test_epochs_come_as_columns():
    epochs = Epochs()
    epochs.add(0, 10, 0.5, 0.1, {"loss": np.float32(0.5), "table": np.zeros(2), "word": "none"})
    epochs.add(1, 20, 0.75, 0.2, {"loss": 2, "table": np.zeros(2), "word": "none"})
    epochs.add(2, 30, 1.0, 0.3, {"loss": 1.0, "val_loss": 3.0})
    epochs.add(3, 40, 1.5, None, {"loss": 1.0, "learning_rate": 7.0})
    assert epochs.take() == [
        ("epochs", ([0, 1], [10, 20], [0.5, 0.75], {"loss": [0.5, 2.0], "learning_rate": [0.1, 0.2]})),
        ("epochs", ([2], [30], [1.0], {"loss": [1.0], "val_loss": [3.0], "learning_rate": [0.3]})),
        ("epochs", ([3], [40], [1.5], {"loss": [1.0], "learning_rate": [7.0]})),
    ]
    assert epochs.take() == []


def test_an_epoch_without_numbers():
    epochs = Epochs()
    epochs.add(0, 1, 0.5, None, {})
    epochs.add(1, 2, 1.0, None, {})
    assert epochs.take() == [("epochs", ([0, 1], [1, 2], [0.5, 1.0], {}))]


@pytest.mark.parametrize("value", ["text", None, np.str_("text"), np.zeros(3), 10**400, 1j, [1.0]], ids=repr)
def test_what_is_no_number_any_more(value):
    epochs = Epochs()
    for epoch, score in enumerate((0.5, value, value, 0.25)):
        epochs.add(epoch, epoch, 0.0, 0.1, {"score": score, "loss": 1.0})
    found = [columns for _, (_, _, _, columns) in epochs.take()]
    assert [part["loss"] for part in found] == [[1.0], [1.0, 1.0], [1.0]]
    assert [part.get("score") for part in found] == [[0.5], None, [0.25]]


def test_epochs_of_two_threads():
    epochs, total, items, over = Epochs(), 30_000, [], threading.Event()

    def train():
        for epoch in range(total):
            epochs.add(epoch, epoch, 0.0, None, {"loss": epoch / 2} if epoch % 997 else {"loss": epoch / 2, "more": 1})
        over.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not over.is_set():
        items += epochs.take()
    thread.join()
    items += epochs.take()
    assert [epoch for _, (numbers, *_) in items for epoch in numbers] == list(range(total))
    assert [loss for *_, (*_, columns) in items for loss in columns["loss"]] == [epoch / 2 for epoch in range(total)]
