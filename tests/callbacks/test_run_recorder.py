"""`fit(record=…)`: what is in the record, how a run ends, and that recording changes nothing."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from chainrule.callbacks import Callback, EarlyStopping, LearningRateScheduler, RunRecorder, TerminateOnNaN
from chainrule.callbacks.record import FOLDER_VARIABLE, recorder_for
from chainrule.callbacks.run_data import SAMPLE_BYTES, describe_array
from chainrule.errors import ArgumentError, NonFiniteLoss, RunFileError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.optimizers import SGD
from chainrule.optimizers.schedules import ExponentialDecay
from chainrule.runs import Run

QUIET = {"verbose": 0, "batch_size": 2}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Let runs land in a new folder, and nothing in the environment ask for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    return tmp_path


def run_of(history) -> Run:
    return Run(history.run)


# What is recorded -----------------------------------------------------------------------------------------------------


def test_every_epoch_and_step(network):
    model = network.make(engine="reference")
    history = model.fit(network.X, network.Y, epochs=3, record=True, validation_split=0.25, **QUIET)
    run = run_of(history)
    assert run.status == "finished" and run.error is None and run.seed == 3
    assert run.epochs["epoch"] == [0, 1, 2] and run.epochs["step"] == [3, 6, 9]  # 6 rows in batches of 2
    for name, values in history.history.items():
        assert run.epochs[name] == values
    assert run.epochs["learning_rate"] == [0.001] * 3
    steps, losses = run.steps("loss")
    assert list(steps) == list(range(9))
    # Batches of one size: the epoch's loss is the mean of its steps'.
    np.testing.assert_allclose(np.reshape(losses, (3, 3)).mean(axis=1), history.history["loss"], rtol=1e-6)


def test_settings_say_what_was_asked_for(network):
    model = network.make(engine="reference")
    settings = run_of(model.fit(network.X, network.Y, epochs=2, record=True, shuffle=False, **QUIET)).settings
    assert settings["model"]["parameters"] == model.count_params() == 17
    assert settings["model"]["config"] == model.to_config()
    assert settings["compile"]["optimizer"] == model.optimizer.to_config()
    assert settings["compile"]["losses"][0]["class"] == "BinaryCrossentropy"
    assert settings["compile"]["metrics"] == ["loss", "accuracy"]
    assert settings["engine"] == {"name": "reference", "reason": "as asked"}
    assert settings["fit"]["batch_size"] == 2 and settings["fit"]["shuffle"] is False
    assert settings["params"]["epochs"] == 2 and "History" in settings["callbacks"]


def test_data_are_told_by_numbers_and_a_fingerprint(network):
    def data_of(X, y=network.Y):
        return run_of(network.make().fit(X, y, record=True, **QUIET)).data

    data = data_of(network.X)
    assert data["rows"] == 8 and data["inputs"][0]["shape"] == [8, 2]
    np.testing.assert_allclose(data["inputs"][0]["max"], network.X.max(axis=0), rtol=1e-6)
    np.testing.assert_allclose(data["inputs"][0]["mean"], network.X.mean(axis=0), rtol=1e-6)
    assert data["targets"][0]["classes"] == {"0": 4, "1": 4}
    changed = network.X.copy()
    changed[5, 1] += 1e-6
    assert data_of(network.X.copy()) == data
    assert data_of(changed)["inputs"][0]["fingerprint"] != data["inputs"][0]["fingerprint"]


def test_a_large_array_is_looked_at_in_part():
    X = np.zeros((3, SAMPLE_BYTES // 16))  # two rows of float64 fill the sample
    X[2] = 7.0
    about = describe_array(X)
    assert about["rows_looked_at"] == 2 and about["min"] == [0.0] and about["max"] == [7.0]
    X[2, -1] = 8.0
    assert describe_array(X)["fingerprint"] != about["fingerprint"]


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (np.eye(3)[[0, 2, 2, 1]], {"0": 1, "1": 1, "2": 2}),
        (np.array([5, 5, 7, 5]), {"5": 3, "7": 1}),
        (np.array([0.5, 1.0, 2.0, 3.0]), None),
        (np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]), None),
    ],
    ids=["a column a class", "labels", "numbers", "several labels a row"],
)
def test_classes_are_counted(targets, classes):
    model = Sequential([Dense(1 if targets.ndim == 1 else targets.shape[1], input_dim=1)], seed=1)
    model.compile("sgd", "mse")
    run = run_of(model.fit(np.arange(4.0), targets, record=True, verbose=0))
    assert run.data["targets"][0].get("classes") == classes


def test_batches_that_come_one_by_one_are_not_read_ahead(network):
    given = []

    def batches():
        while True:
            given.append(1)
            yield network.X, network.Y

    run = run_of(network.make().fit(batches(), steps_per_epoch=4, epochs=2, record=True, verbose=0))
    assert len(given) == 8 and run.data == {"kind": "batches", "from": "generator", "batches_an_epoch": 4}
    assert list(run.steps("loss")[0]) == list(range(8))


def test_a_schedules_rate_stands_with_the_steps(network):
    schedule = ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    run = run_of(network.make(SGD(schedule)).fit(network.X, network.Y, record=True, **QUIET))
    assert list(run.steps("learning_rate")[1]) == [0.5, 0.25, 0.125, 0.0625]
    assert run.epochs["learning_rate"] == [0.03125]  # the next step's


def test_a_callbacks_rate_stands_with_the_epochs(network):
    rates = LearningRateScheduler(lambda epoch: 0.1 * (epoch + 1))
    run = run_of(network.make(SGD(1.0)).fit(network.X, network.Y, epochs=2, record=True, callbacks=[rates], **QUIET))
    assert run.epochs["learning_rate"] == [0.1, 0.2]
    assert "learning_rate" not in run.metrics or not list(run.steps("learning_rate")[0])


def test_what_a_callback_adds_to_the_logs(network):
    class Add(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs.update(gap=float(epoch), table=np.zeros((2, 2)), word="no number")

    run = run_of(network.make().fit(network.X, network.Y, epochs=2, record=True, callbacks=[Add()], **QUIET))
    assert run.epochs["gap"] == [0.0, 1.0] and "table" not in run.epochs and "word" not in run.epochs


def test_what_is_printed(network):
    run = run_of(network.make().fit(network.X, network.Y, epochs=2, verbose=2, batch_size=2, record=True))
    assert "loss" in run.output


# How a run ends -------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite(network):
    X = network.X.copy()
    X[5] = 1e3  # e to the power of this is infinite
    layers = [Dense(1, "exponential", input_dim=2, kernel_initializer="ones", name="only")]
    model = Sequential(layers, seed=1)
    model.compile("sgd", "mse", engine="reference")
    recorder = RunRecorder()
    with pytest.raises(NonFiniteLoss):
        model.fit(X, network.Y, callbacks=[recorder], shuffle=False, **QUIET)
    run = Run(recorder.path)
    assert run.status == "failed" and "NonFiniteLoss" in run.error and "batch 3" in run.error
    assert list(run.steps("loss")[0]) == [0, 1]  # the steps that were taken
    assert run.notes["non_finite"] == {"layer": "only", "epoch": 1, "batch": 3, "row": 5}


def test_a_run_that_ends_quietly_at_nan(network):
    model = Sequential([Dense(1, input_dim=2, name="only")], seed=1)
    model.compile("sgd", "mse")
    history = model.fit(network.X * 1e30, network.Y, callbacks=[TerminateOnNaN()], record=True, **QUIET)
    run = run_of(history)
    assert run.status == "stopped" and run.error is None and run.reason[:50] == history.stopped[:50]


def test_an_error_of_a_callback(network):
    class Break(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyError("the callback's own")

    recorder = RunRecorder()
    with pytest.raises(KeyError):
        network.make().fit(network.X, network.Y, callbacks=[Break(), recorder], **QUIET)
    run = Run(recorder.path)
    assert run.status == "failed" and "the callback's own" in run.error and "Traceback" in run.error


def test_a_callback_that_stops(network):
    stopping = EarlyStopping("loss", mode="max", patience=1)
    history = network.make("sgd").fit(network.X, network.Y, epochs=50, callbacks=[stopping], record=True, **QUIET)
    run = run_of(history)
    assert run.status == "stopped" and len(run.epochs["epoch"]) == len(history.epoch) < 50
    assert run.reason == history.stopped and run.reason.startswith("EarlyStopping: loss")


class Interrupt(Callback):
    """Sends Ctrl-C, so often, in the second epoch."""

    def __init__(self, times):
        self.times = times

    def on_epoch_begin(self, epoch, logs=None):
        for _ in range(self.times if epoch == 1 else 0):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # the handler runs between two instructions of Python
                pass


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no signal to one process")
def test_ctrl_c(network):
    history = network.make().fit(network.X, network.Y, epochs=5, callbacks=[Interrupt(1)], record=True, **QUIET)
    assert history.interrupted and run_of(history).status == "stopped"
    assert "Ctrl-C" in run_of(history).reason
    recorder = RunRecorder()
    with pytest.raises(KeyboardInterrupt):
        network.make().fit(network.X, network.Y, epochs=5, callbacks=[Interrupt(2), recorder], **QUIET)
    run = Run(recorder.path)
    assert run.status == "stopped" and run.epochs["epoch"] == [0]


def test_each_fit_is_a_run(network):
    recorder = RunRecorder("elsewhere", name="twice")
    paths = [network.make().fit(network.X, network.Y, callbacks=[recorder], **QUIET).run for _ in range(2)]
    assert paths[0] != paths[1] == recorder.path
    assert [Run(path).name for path in paths] == ["twice"] * 2
    assert all(os.path.dirname(path) == os.path.abspath("elsewhere") for path in paths)


# That it changes nothing, and is asked for ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_the_run_is_the_same_to_the_last_bit(network, engine):
    models = [network.make(engine=engine) for _ in range(2)]
    options = {"epochs": 4, "validation_split": 0.25, **QUIET}
    plain = models[0].fit(network.X, network.Y, **options)
    watched = models[1].fit(network.X, network.Y, record=RunRecorder(snapshots=True), **options)
    assert watched.history == plain.history and plain.run is None
    for A, B in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        assert np.array_equal(A, B)


def test_it_watches_no_batches():
    assert not RunRecorder().watches_batches and not RunRecorder().watches_test_batches


def test_steps_can_be_left_out(network):
    run = run_of(network.make().fit(network.X, network.Y, record=RunRecorder(steps=False, snapshots=False), **QUIET))
    assert run.epochs["step"] == [4] and not list(run.steps("loss")[0]) and not run.histograms()


def test_who_asks_for_a_record(network, monkeypatch, tmp_path):
    def folder_of(**options):
        path = network.make().fit(network.X, network.Y, **options, **QUIET).run
        return None if path is None else os.path.dirname(path)

    assert folder_of() is None and folder_of(record=False) is None
    assert folder_of(record=True) == str(tmp_path / "runs")
    assert folder_of(record=tmp_path / "mine") == str(tmp_path / "mine")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "all"))
    assert folder_of() == folder_of(record=True) == str(tmp_path / "all")
    assert folder_of(record="mine") == str(tmp_path / "mine") and folder_of(record=False) is None
    before = len(os.listdir("all"))
    assert folder_of(callbacks=[RunRecorder("own")]) == str(tmp_path / "own")
    assert len(os.listdir("all")) == before  # one record of a fit is enough


@pytest.mark.parametrize("record", [1, "", [], RunRecorder, 0.5])
def test_what_is_no_record(record):
    with pytest.raises(ArgumentError, match=r"record is True, False, the folder of the runs, or a RunRecorder; rec"):
        recorder_for(record)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folder": 3}, "RunRecorder's folder is a path; received 3"),
        ({"name": " "}, "RunRecorder's name is a text, such as 'half the rate'; received ' '"),
        ({"snapshots": "autos"}, "no choice of RunRecorder's snapshots named 'autos'. Did you mean 'auto'"),
        ({"snapshots": 1}, "no choice of RunRecorder's snapshots named 1"),
        ({"steps": "all"}, "RunRecorder's steps is True or False; received 'all'"),
    ],
)
def test_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        RunRecorder(**arguments)


def test_one_recorder_is_enough(network):
    with pytest.raises(ArgumentError, match="callbacks holds 2 RunRecorders; one records the whole fit: keep one"):
        network.make().fit(network.X, network.Y, callbacks=[RunRecorder(), RunRecorder()], **QUIET)


def test_a_folder_that_cannot_be_made_is_refused_before_training(network, tmp_path):
    (tmp_path / "file").write_text("")
    model = network.make()
    before = model.get_weights()
    with pytest.raises(RunFileError):
        model.fit(network.X, network.Y, record=tmp_path / "file" / "runs", **QUIET)
    assert all(np.array_equal(A, B) for A, B in zip(before, model.get_weights(), strict=True))
