"""Weights, gradients and update ratios a layer: of a model and of a run, for 3 layers and for 60."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import plots
from chainrule.errors import ArgumentError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.plots.gradient_flow import verdict
from chainrule.plots.spreads import bars, rebinned, spread_of
from chainrule.runs import Recorder, Run

X, y = np.linspace(-1, 1, 16).reshape(8, 2), np.arange(8) % 2
LAYERS = ("first", "second")


def words_of(figure) -> str:
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def chain(n_layers: int, activation: str = "tanh") -> Sequential:
    hidden = [Dense(6, activation=activation, **({} if n else {"input_dim": 2})) for n in range(n_layers - 1)]
    model = Sequential([*hidden, Dense(1, activation="sigmoid")], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="sgd")
    return model


@pytest.fixture
def run(tmp_path):
    """Return a run with snapshots of two layers at steps 0 and 10; in the first, gradients shrink by 10⁻⁵."""
    with Recorder(tmp_path, name="mine", capture_output=False) as recorder:
        recorder.epoch(0, 10, {"loss": 0.5})
        for step in (0, 10):
            for layer, size in zip(LAYERS, (1e-5, 1.0), strict=True):
                for kind, scale in (("weights", 1.0), ("gradients", size), ("updates", size / 100)):
                    numbers = scale * np.array([-3.0, 1.0, 1.0, 4.0, 3.0])
                    for name in ("kernel", "bias"):
                        counts, edges = np.histogram(numbers, 8)
                        recorder.histogram(
                            step,
                            f"{layer}/{name}",
                            kind,
                            counts,
                            edges,
                            norm=np.linalg.norm(numbers),
                            mean=numbers.mean(),
                        )
        path = recorder.path
    return Run(path)


# Weights


def test_weights_have_a_histogram_a_layer_without_the_bias():
    model = chain(3)
    figure = plots.weights(model)
    assert [panel.name for panel in figure.data] == ["dense", "dense_1", "dense_2"]
    for panel, array in zip(figure.data, model.get_weights()[::2], strict=True):
        assert panel.y.sum() == array.size
        heights, edges = np.histogram(array, bars(array.size))
        assert panel.y.tolist() == heights.tolist()
        assert panel.x == pytest.approx((edges[:-1] + edges[1:]) / 2, abs=1e-6)
    norm = np.linalg.norm(model.get_weights()[0])
    assert figure.layout.xaxis.title.text == f"norm {norm:.3g}, 12 numbers"


def test_sixty_layers_are_columns_of_one_picture():
    figure = plots.weights(chain(60), dark=True)
    assert [trace.type for trace in figure.data] == ["heatmap"]
    assert figure.data[0].z.shape[1] == len(figure.data[0].x) == 60
    assert figure.data[0].z.max(axis=0) == pytest.approx(np.ones(60))


def test_weights_of_a_run_are_those_of_its_last_snapshot(run):
    figure = plots.weights(run)
    assert figure.layout.title.text == "The weights of each layer after step 10"
    assert [panel.y.sum() for panel in figure.data] == [5, 5]
    assert figure.layout.xaxis.title.text == "norm 6, 5 numbers"  # 9 + 1 + 1 + 16 + 9 = 36


def test_weights_that_are_not_finite_are_told():
    model = chain(3)
    arrays = model.get_weights()
    arrays[2][0, 0] = np.nan
    model.set_weights(arrays)
    assert words_of(plots.weights(model)) == "Weights that are not finite: in dense_1."


def test_a_histogram_between_other_edges_keeps_its_sum():
    numbers = np.random.default_rng(0).normal(size=500)
    spread = spread_of("layer", numbers)
    wide = rebinned(spread.counts, spread.edges, np.linspace(-9, 9, 101))
    assert wide.sum() == pytest.approx(500)
    assert spread.norm == pytest.approx(np.linalg.norm(numbers))


# Gradients


def test_gradients_of_each_layer_are_drawn():
    model = chain(3)
    figure = plots.gradient_flow(model, X, y)
    G = model.gradients(X, y)
    sizes = [
        np.sqrt(np.mean(np.concatenate([G[f"{name}/kernel"].ravel(), G[f"{name}/bias"]]) ** 2))
        for name in ("dense", "dense_1", "dense_2")
    ]
    assert figure.data[0].y == pytest.approx(sizes, rel=1e-5)
    assert words_of(figure).startswith("The gradient reaches every layer: in dense, the first layer,")


def test_a_vanishing_gradient_is_told_in_words():
    figure = plots.gradient_flow(chain(60, "sigmoid"), X, y)
    assert len(figure.data[0].x) == figure.data[1].z.shape[1] == 60
    assert words_of(figure).startswith("The gradient vanishes: in dense, the first layer, it is ")


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (
            [1.0, 1.0],
            "The gradient reaches every layer: in a, the first layer, it is 1 times what",
        ),
        ([1e-6, 1e-2], "The gradient vanishes: in a, the first layer, it is 0.0001 of what it is in b"),
        ([1e4, 1.0], "The gradient explodes: in a, the first layer, it is 1e+04 times what it is in b"),
        ([0.0, 1.0], "No gradient reaches a: what comes after is dead or saturated."),
        ([np.nan, 1.0], "The gradient is not finite in a."),
    ],
)
def test_the_verdict(sizes, words):
    assert verdict(["a", "b"], np.array(sizes)).startswith(words)


def test_a_dead_network_is_drawn_and_told():
    model = chain(3, "relu")
    model.set_weights([-np.abs(array) if array.ndim == 1 else 0 * array for array in model.get_weights()])
    figure = plots.gradient_flow(model, X, np.ones(8))
    assert words_of(figure).startswith("No gradient reaches dense_1 and 1 more layer: ")
    assert np.isnan(figure.data[0].y).tolist() == [True, True, False]


def test_gradients_of_a_run_over_its_steps(run):
    figure = plots.gradient_flow(run)
    assert list(figure.data[0].x) == ["0", "10"]
    assert list(figure.data[0].y) == list(LAYERS)
    # Two histograms a layer, each of norm 6 and 5 numbers: the root of the mean square is 6 / √5.
    assert figure.data[0].customdata[1] == pytest.approx([6 / 5**0.5] * 2)
    assert figure.data[0].z[0] == pytest.approx([np.log10(6e-5 / 5**0.5)] * 2)
    assert words_of(figure).startswith(
        "At the last snapshot, step 10. The gradient vanishes: in first, the first layer"
    )


# Update ratios


def test_update_ratios_of_a_model_are_rate_times_gradient_over_weights():
    model = chain(3)
    figure = plots.update_ratios(model, X, y, learning_rate=0.5)
    G, W = model.gradients(X, y), dict(model.named_weights())
    together = [np.concatenate([np.ravel(of[f"dense_2/{name}"]) for name in ("kernel", "bias")]) for of in (G, W)]
    assert figure.data[0].y[2] == pytest.approx(
        0.5 * np.linalg.norm(together[0]) / np.linalg.norm(together[1]), rel=1e-5
    )
    assert words_of(figure).startswith("At a learning rate of 0.5. From ")


def test_the_rate_is_the_models_own_if_none_is_given():
    model = chain(3)
    model.optimizer.learning_rate = 0.25
    own, given = plots.update_ratios(model, X, y), plots.update_ratios(model, X, y, learning_rate=0.25)
    assert own.data[0].y.tolist() == given.data[0].y.tolist()


def test_update_ratios_of_a_run(run):
    figure = plots.update_ratios(run, dark=True)
    assert figure.data[0].customdata[:, -1] == pytest.approx([1e-7, 1e-2])
    assert "Below 0.0001: 1 of 2 layers, which hardly learn." in words_of(figure)


def test_a_rate_too_high_is_told():
    assert "Above 0.01: 3 of 3 layers; lower the learning rate." in words_of(
        plots.update_ratios(chain(3), X, y, learning_rate=1e6)
    )


# What is refused


@pytest.mark.parametrize("draw", [plots.weights, plots.gradient_flow, plots.update_ratios])
def test_neither_model_nor_run(draw):
    with pytest.raises(
        ArgumentError, match=rf"{draw.__name__} takes a model or a run of chainrule\.runs; received int"
    ):
        draw(3)


@pytest.mark.parametrize("draw", [plots.gradient_flow, plots.update_ratios])
def test_a_model_needs_a_batch(draw):
    with pytest.raises(ArgumentError, match=rf"{draw.__name__} of a model needs a batch .*\(model, x, y\)"):
        draw(chain(3))


@pytest.mark.parametrize(
    ("draw", "kind"), [(plots.weights, "weights"), (plots.gradient_flow, "gradients"), (plots.update_ratios, "updates")]
)
def test_a_run_without_snapshots(tmp_path, draw, kind):
    with Recorder(tmp_path, capture_output=False) as recorder:
        recorder.epoch(0, 1, {"loss": 1.0})
    with pytest.raises(ArgumentError, match=rf"has no snapshot of {kind}, which {draw.__name__} draws: record with"):
        draw(Run(recorder.path))


def test_a_rate_must_be_above_zero():
    with pytest.raises(ArgumentError, match="update_ratios's learning_rate is a number above 0; received 0"):
        plots.update_ratios(chain(3), X, y, learning_rate=0)


def test_the_durable_forms_write_files(run, tmp_path):
    for write in (plots.write_weights, plots.write_gradient_flow, plots.write_update_ratios):
        out = tmp_path / f"{write.__name__}.html"
        assert write(str(run.path), str(out)) == str(out)
        assert out.stat().st_size > 1_000_000
