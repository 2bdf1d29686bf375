"""Curves over epochs: of a History, a run and plain dicts; gaps, thinning, names."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import plots
from chainrule.errors import ArgumentError, RunFileError, ShapeError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.plots.records import curves_of, thinned
from chainrule.runs import Recorder, Run


def words_of(figure) -> str:
    """Return the sentence below the title, its lines joined."""
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def drawn(figure) -> dict[str, list[float]]:
    return {f"{curve.name} {curve.yaxis}": curve.y.tolist() for curve in figure.data}


@pytest.fixture
def recorded(tmp_path):
    """Return the file of a run of three epochs."""
    with Recorder(tmp_path, name="mine", capture_output=False) as recorder:
        for epoch, loss in enumerate([0.9, 0.5, 0.4]):
            recorder.epoch(epoch, 10 * epoch + 10, {"loss": loss, "val_loss": loss + 0.1})
        path = recorder.path
    return path


def test_a_history_is_drawn_with_its_metrics_below_each_other():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    X = np.arange(40.0).reshape(20, 2) / 40
    history = model.fit(X, X.sum(axis=1), epochs=3, validation_split=0.25, verbose=0)
    figure = plots.history(history)
    of = history.history
    assert drawn(figure) == {
        "training y": of["loss"], "training y2": of["mae"],
        "validation y": of["val_loss"], "validation y2": of["val_mae"],
    }  # fmt: skip
    assert figure.data[0].x.tolist() == [1, 2, 3]
    assert {curve.name: curve.line.dash for curve in figure.data} == {"training": "solid", "validation": "dash"}


def test_a_run_is_drawn_without_its_steps(recorded):
    figure = plots.history(Run(recorded))
    assert drawn(figure) == {"training y": [0.9, 0.5, 0.4], "validation y": [1.0, 0.6, 0.5]}
    assert figure.data[0].x.tolist() == [1, 2, 3]
    assert words_of(figure) == "The lowest validation loss is 0.5, in epoch 3 of 3."


def test_several_runs_have_their_own_names_and_colours(recorded):
    figure = plots.history(Run(recorded), Run(recorded), {"loss": [0.3, 0.2]})
    names = [curve.name for curve in figure.data]
    assert names == ["mine (1)", "mine (1), validation", "mine (2)", "mine (2), validation", "3"]
    assert len({curve.line.color for curve in figure.data}) == 3


def test_an_epoch_that_is_not_finite_is_a_gap_and_told():
    figure = plots.history({"loss": [0.9, float("nan"), float("inf"), 0.4]})
    assert np.isnan(figure.data[0].y).tolist() == [False, True, True, False]
    assert words_of(figure) == (
        "loss is not a finite number in 2 of 4 epochs, first in epoch 2; the curve has a gap there."
    )


def test_validation_every_other_epoch_is_no_fault():
    figure = plots.history({"loss": [0.9, 0.5, 0.4, 0.3], "val_loss": [None, 0.6, None, 0.5]})
    assert words_of(figure) == "The lowest validation loss is 0.5, in epoch 4 of 4."


def test_all_losses_nan_is_told_and_drawn():
    assert "2 of 2 epochs" in words_of(plots.history({"loss": [float("nan")] * 2}))


@pytest.mark.parametrize("epochs", [1, 10_000])
def test_one_epoch_and_ten_thousand(epochs):
    figure = plots.history({"loss": 1 / np.arange(1, epochs + 1)})
    assert 1 <= len(figure.data[0].x) <= 1000
    assert figure.data[0].x[-1] == epochs
    assert ("markers" in figure.data[0].mode) == (epochs == 1)
    assert figure.layout.yaxis.type == ("log" if epochs > 1 else "linear")


def test_thinning_keeps_peaks_and_gaps():
    y = np.sin(np.arange(30_000) / 900.0)
    y[12_345], y[17_000], y[20_000:20_010] = 7.0, -7.0, np.nan
    x, kept = thinned(np.arange(len(y)), y)
    assert len(x) <= 1000
    assert x[np.nanargmax(kept)] == 12_345
    assert x[np.nanargmin(kept)] == 17_000
    assert np.isnan(kept).any()
    assert x[0] == 0
    assert x[-1] == 29_999
    assert (np.diff(x) > 0).all()


def test_columns_that_are_no_numbers_are_left_out_and_late_ones_begin_late():
    epochs, curves = curves_of({"loss": [3, 2, 1], "confusion": [[[1]], [[2]], [[3]]], "note": ["a"] * 3, "lr": [5]})
    assert epochs.tolist() == [1, 2, 3]
    assert set(curves) == {"loss", "lr"}
    assert np.array_equal(curves["lr"], [np.nan, np.nan, 5], equal_nan=True)


def test_names_that_look_like_html_stay_text():
    figure = plots.history({"<i>loss": [1.0]}, {"<i>loss": [2.0]}, names=["<b>one", "two"])
    assert figure.data[0].name == "&lt;b&gt;one"
    assert figure.layout.yaxis.title.text == "&lt;i&gt;loss"


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ((), r"history draws at least one training: give what fit returned, or a run\."),
        ((3,), r"history draws what fit returned, a run .* or a dict such as .*; received 3\."),
        (({},), r"There is no epoch to draw in an object of type dict: train first, for at least one epoch\."),
    ],
)
def test_what_can_not_be_drawn_is_refused(sources, message):
    with pytest.raises(ArgumentError, match=message):
        plots.history(*sources)


def test_a_name_for_each_source():
    with pytest.raises(ShapeError, match="history has 1 sources and 2 names: give one name for each"):
        plots.history({"loss": [1.0]}, names=["a", "b"])


def test_the_durable_form_writes_a_run(recorded, tmp_path):
    out = tmp_path / "loss.html"
    assert plots.write_history(str(recorded), str(out)) == str(out)
    assert "epoch by epoch" in out.read_text(encoding="utf-8")
    assert plots.write_history([str(recorded)] * 2, str(out), dark=True) == str(out)
    with pytest.raises(RunFileError, match=r"no\.run\.db"):
        plots.write_history(str(tmp_path / "no.run.db"), str(out))
