"""Figures of a model's answers: their numbers by hand, and what they refuse."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

pytest.importorskip("plotly", reason='figures need chainrule["report"]')

from chainrule import plots
from chainrule.errors import ArgumentError
from chainrule.plots.calibration import binned
from chainrule.plots.confusion import mixed_up
from chainrule.plots.png import as_bytes, enlarged, png
from chainrule.plots.ranking import area, counts_above, drawn
from chainrule.plots.theme import DARK, LIGHT

RNG = np.random.default_rng(0)


def text_of(figure) -> str:
    """Return the sentence below a figure's title, on one line."""
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def test_confusion_counts_rows_by_class_and_answer():
    figure = plots.confusion(["a", "a", "a", "b", "c", "c"], ["a", "b", "b", "b", "c", "a"])
    heat = figure.data[0]
    assert heat.text == (["1", "2", "0"], ["0", "1", "0"], ["1", "0", "1"])
    # A row of the colours is the shares of a class: of three a, one was found and two taken for b.
    np.testing.assert_allclose(heat.z, [[1 / 3, 2 / 3, 0], [0, 1, 0], [0.5, 0, 0.5]])
    assert figure.layout.title.text == "Confusion matrix: 3 of 6 right (50.0 %)"
    assert text_of(figure) == "Most often mixed up: 'a' taken for 'b', 2 rows of 3."
    assert tuple(figure.layout.xaxis.ticktext) == ("a", "b", "c")


def test_confusion_takes_numbers_with_names_and_a_class_without_rows():
    figure = plots.confusion([0, 1, 1], np.array([0, 1, 0]), ["no", "yes", "never"])
    assert figure.data[0].text == (["1", "0", "0"], ["1", "1", "0"], ["0", "0", "0"])
    np.testing.assert_allclose(figure.data[0].z[2], [0, 0, 0])


def test_confusion_of_many_classes_has_no_numbers_in_its_cells():
    classes = np.arange(30)
    figure = plots.confusion(classes, classes)
    assert figure.data[0].texttemplate is None
    assert text_of(figure) == "No row was taken for another class."


def test_mixed_up_names_the_largest_count_off_the_diagonal():
    assert "'x' taken for 'y', 1 row of 4" in mixed_up(np.array([[3, 1], [0, 9]]), ["x", "y"])


def test_roc_by_hand():
    # By falling score: + − + −. Thresholds above 0.8, at 0.8, 0.4, 0.35, 0.1.
    figure = plots.roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    curve = figure.data[1]
    assert list(zip(curve.x, curve.y, strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    assert figure.layout.title.text == "ROC curve: area 0.750"


def test_rows_of_the_same_score_come_together():
    # All rows alike: the curve is the diagonal, whichever row comes first.
    for y in ([0, 1, 0, 1], [1, 1, 0, 0]):
        curve = plots.roc(y, [0.3] * 4).data[1]
        assert list(zip(curve.x, curve.y, strict=True)) == [(0, 0), (1, 1)]


def test_the_area_is_that_of_the_metric():
    from chainrule.metrics import AUC

    y, scores = RNG.integers(0, 2, 400), RNG.integers(0, 30, 400) / 30
    TP, FP = counts_above(y == 1, scores)
    assert area(FP / FP[-1], TP / TP[-1]) == pytest.approx(float(AUC()(y, scores)), abs=1e-12)
    # What is drawn has the same area: only points on a straight line are left out.
    x, y_ = drawn(FP / FP[-1], TP / TP[-1])
    assert area(x, y_) == pytest.approx(area(FP / FP[-1], TP / TP[-1]), abs=1e-12)


def test_roc_of_several_classes_has_a_curve_for_each_that_has_rows():
    y = np.array([0, 0, 1, 1, 2, 2])
    P = np.eye(4)[y] * 0.7 + 0.075
    P[0] = P[2]  # a row of class 0 that is taken for class 1
    figure = plots.roc(y, P, ["a", "b", "c", "d"])
    names = [curve.name for curve in figure.data]
    # Class b: positives 0.775 twice, negatives 0.775 once and three times 0.075: 8 pairs, 6 won, 2 drawn: 0.875.
    assert names == ["chance: 0.500", "a: 0.750", "b: 0.875", "c: 1.000"]
    assert figure.layout.title.text == "ROC curves, each class against the rest: mean area 0.875"
    assert text_of(figure) == "The smallest area is that of a: 0.750. 1 class has no row and no curve."


def test_of_many_classes_the_worst_curves_are_drawn():
    y = np.tile(np.arange(12), 5)
    figure = plots.roc(y, RNG.random((60, 12)))
    assert len(figure.data) == 1 + 8
    areas = [float(curve.name.rpartition(" ")[2]) for curve in figure.data[1:]]
    assert areas == sorted(areas)
    assert "Of 12 classes the 8 with the smallest areas are drawn." in text_of(figure)


def test_precision_and_recall_by_hand():
    figure = plots.precision_recall(["no", "yes", "yes"], [0.2, 0.9, 0.1], ["no", "yes"])
    curve = figure.data[0]
    # 0.9 +: 1 of 2 found, precision 1. 0.2 −: 1/2. 0.1 +: 2/3. Average 0.5 · 1 + 0.5 · 2/3.
    np.testing.assert_allclose(curve.x, [0, 0.5, 0.5, 1])
    np.testing.assert_allclose(curve.y, [1, 1, 0.5, 2 / 3])
    assert figure.layout.title.text == "Precision and recall: average precision 0.833"
    assert text_of(figure) == "yes is 66.7 % of the rows: chance has that precision."


def test_calibration_by_hand():
    # Bins of a half: 0.1 and 0.3 hold one of two (said 0.2), 0.9 and 1.0 one of two (said 0.95).
    found = binned(np.array([0.1, 0.3, 0.9, 1.0]), np.array([True, False, False, True]), 2)
    assert found.counts.tolist() == [2, 2]
    np.testing.assert_allclose(found.said, [0.2, 0.95])
    np.testing.assert_allclose(found.true, [0.5, 0.5])
    assert found.error == pytest.approx((0.3 + 0.45) / 2)
    figure = plots.calibration([1, 0, 0, 1], [0.1, 0.3, 0.9, 1.0], bins=2)
    assert figure.layout.title.text == "Calibration: expected error 0.375"
    np.testing.assert_allclose(figure.data[1].y, [0.5, 0.5])
    assert figure.data[2].y.tolist() == [2, 2]
    assert "on the whole 0.075 too high" in text_of(figure)


def test_calibration_of_several_classes_asks_whether_the_answer_is_right():
    P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1]])
    figure = plots.calibration([0, 1, 0, 0], P)
    assert figure.layout.xaxis2.title.text == "probability of the predicted class"
    np.testing.assert_allclose(figure.data[1].x, [0.6, 0.7])
    np.testing.assert_allclose(figure.data[1].y, [2 / 3, 1])


def test_residuals_by_hand():
    figure = plots.residuals([1.0, 2.0, 3.0], [[1.0], [2.0], [4.0]])
    points, bars = figure.data[1], figure.data[2]
    assert list(zip(points.x, points.y, strict=True)) == [(1, 1), (2, 2), (3, 4)]
    assert sum(bars.y) == 3
    # Σ residual² = 1, Σ (true − 2)² = 2; √(1/3) = 0.577; the mean is 1/3, the middle one 0.
    assert figure.layout.title.text == "Residuals: R² 0.500, typical error 0.577"
    assert text_of(figure) == "On average 0.333 too high; half of the rows are within 0 of the true value."


def test_residuals_of_many_rows_draw_some_and_count_all():
    y = RNG.normal(size=5_000)
    figure = plots.residuals(y, y + 1)
    assert len(figure.data[1].x) == 2_000 and sum(figure.data[2].y) == 5_000
    assert "2,000 of 5,000 rows are drawn as points." in text_of(figure)


def test_residuals_of_equal_targets_have_no_r2():
    assert "all true values are the same" in plots.residuals([2, 2], [1, 3]).layout.title.text


def test_misclassified_shows_the_surest_mistakes_first():
    X = np.arange(4)[:, None, None] * np.ones((4, 5, 6)) * 60
    figure = plots.misclassified(
        X, [0, 1, 1, 0], [1, 1, 0, 1], ["cat", "dog"], probabilities=[0.6, 0.9, 0.95, 0.7], most=2
    )
    assert figure.layout.title.text == "Wrong: 3 of 4 images"
    assert [one.text for one in figure.layout.annotations] == ["dog<br>→ cat 95 %", "cat<br>→ dog 70 %"]
    assert text_of(figure).endswith("2 of 3 are shown.")
    shades = [pixels_of(one.source)[0, 0, 0] for one in figure.layout.images]
    assert shades == [120, 180]


def test_misclassified_takes_what_predict_returns():
    P = np.array([[0.8, 0.2], [0.7, 0.3], [0.9, 0.1]])
    figure = plots.misclassified(np.zeros((3, 4, 4, 1)), [0, 1, 1], P, ["cat", "dog"])
    assert [one.text for one in figure.layout.annotations] == ["dog<br>→ cat 90 %", "dog<br>→ cat 70 %"]


def test_misclassified_without_a_mistake():
    figure = plots.misclassified(np.zeros((2, 3, 3, 3)), ["a", "b"], ["a", "b"])
    assert figure.layout.title.text == "Wrong: 0 of 2 images" and not figure.layout.images


def pixels_of(address: str) -> np.ndarray:
    """Return the bytes of a PNG that `png` made."""
    data = base64.b64decode(address.partition(",")[2])
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    channels = {0: 1, 2: 3, 6: 4}[data[25]]
    start = data.index(b"IDAT")
    length = int.from_bytes(data[start - 4 : start], "big")
    rows = np.frombuffer(zlib.decompress(data[start + 4 : start + 4 + length]), np.uint8)
    return rows.reshape(height, 1 + width * channels)[:, 1:].reshape(height, width, channels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_has_the_bytes_that_went_in(channels):
    image = RNG.integers(0, 256, (7, 5, channels)).astype(np.uint8)
    data = png(image)
    np.testing.assert_array_equal(pixels_of("," + base64.b64encode(data).decode()), image)
    Image = pytest.importorskip("PIL.Image", reason='another reader of PNG is in chainrule["images"]')
    import io

    with Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(np.asarray(opened).reshape(image.shape), image)


def test_small_images_are_enlarged_by_a_whole_number():
    assert enlarged(np.zeros((28, 20, 1), np.uint8)).shape == (112, 80, 1)
    assert enlarged(np.zeros((300, 2, 3), np.uint8)).shape == (300, 2, 3)
    np.testing.assert_array_equal(as_bytes("x", np.array([[[0.0, 1.0]]]))[0, 0, :, 0], [0, 255])


def test_training_curves_have_a_plot_for_each_kind():
    deep = {"candidate": "deep", "history": {"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]}, "best_epoch": 2}
    wide = {"candidate": "smooth", "history": {"loss": [0.7]}, "best_epoch": None}
    figure = plots.training_curves([deep, deep, wide])
    assert [axis.title.text for axis in (figure.layout.yaxis, figure.layout.yaxis2)] == ["loss: deep", "loss: smooth"]
    kept = [trace for trace in figure.data if trace.name == "kept"]
    assert [(trace.x[0], trace.y[0]) for trace in kept] == [(2, 0.6), (2, 0.6)]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["training", "validation", "kept"]
    assert (
        text_of(figure) == "Each keeps the epoch with its smallest validation loss: epochs 2 to 2, losses 0.6 to 0.6."
    )


Y, P = np.array([0, 1, 1]), np.array([[0.8, 0.2], [0.4, 0.6], [0.5, 0.5]])
FIGURES = {
    "confusion": lambda dark: plots.confusion(Y, [0, 1, 0], ["<b>no", "yes"], dark=dark),
    "roc": lambda dark: plots.roc(Y, P, ["<b>no", "yes"], dark=dark),
    "precision_recall": lambda dark: plots.precision_recall(Y, P, ["<b>no", "yes"], dark=dark),
    "calibration": lambda dark: plots.calibration(Y, P, ["yes", "<b>no"], dark=dark),
    "residuals": lambda dark: plots.residuals([1, 2], [2, 2], dark=dark),
    "misclassified": lambda dark: plots.misclassified(np.zeros((3, 4, 4)), Y, [1, 1, 1], ["<b>no", "yes"], dark=dark),
    "training_curves": lambda dark: plots.training_curves(
        [{"candidate": kind, "history": {"loss": [1.0, 0.5]}, "best_epoch": None} for kind in ("<b>no", "yes")],
        dark=dark,
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_light_or_dark_and_draws_names_as_text(name):
    for dark, paper in ((False, LIGHT.paper), (True, DARK.paper)):
        figure = FIGURES[name](dark)
        assert figure.layout.template.layout.paper_bgcolor == paper
        assert figure.layout.title.text
        assert "<b>no" not in figure.to_json().replace("\\u003c", "<")


@pytest.mark.parametrize("name", FIGURES)
def test_dark_is_true_or_false(name):
    with pytest.raises(ArgumentError, match="dark is True or False; received 'yes'"):
        FIGURES[name]("yes")


REFUSED = [
    (lambda: plots.confusion([], []), "plots.confusion takes y_true as one column with a value for each row"),
    (lambda: plots.confusion([0, 1], [0]), "received 2 of y_true and 1 of y_pred."),
    (lambda: plots.confusion(["a", "c"], ["a", "a"], ["a", "b"]), "y_true has 'c', which is no class and no number"),
    (lambda: plots.confusion([0, 2], [0, 1], ["a", "b"]), "y_true has 2, which is no class and no number from 0 to 1"),
    (lambda: plots.confusion([0, 1], [0, 1], ["a", "a"]), "takes classes as names, each once"),
    (lambda: plots.roc([0, 1], [[0.1, 0.2, 0.7]] * 2, ["a", "b"]), "received 3 columns and 2 classes: a, b."),
    (lambda: plots.roc([0, 1], [0.5, np.nan]), "the scores have NaN or infinity in row 1; leave such rows out."),
    (lambda: plots.roc([0, 1], [0.5]), "received 2 of y_true and 1 of scores."),
    (lambda: plots.roc([1, 1], [0.5, 0.6]), "needs rows of two classes at least; received rows of 1 alone."),
    (lambda: plots.roc([0, 1], ["a", "b"]), "takes numbers: one column for two classes, or a column for each class"),
    (lambda: plots.precision_recall([0, 0], [0.5, 0.6]), "needs a row of 1; received rows of 0 alone."),
    (lambda: plots.calibration([0, 1], [-2.0, 3.0]), "takes probabilities: from 0 to 1, those of a row with the sum 1"),
    (lambda: plots.calibration([0, 1], [0.2, 0.3], bins=1), "bins is a whole number from 2 to 100; received 1."),
    (lambda: plots.residuals([1.0, np.inf], [1, 2]), "y_true has inf in row 1; leave such rows out."),
    (lambda: plots.residuals(["a"], [1]), "takes y_true as numbers; received"),
    (lambda: plots.misclassified(np.zeros((2, 3)), [0, 1], [0, 1]), "takes images as numbers of shape"),
    (lambda: plots.misclassified(np.full((1, 2, 2), 300), [0], [1]), "from 0 to 255, or from 0 to 1; received 300"),
    (lambda: plots.misclassified(np.zeros((2, 3, 3)), [0], [1]), "received 2 of images and 1 of y_true."),
]


@pytest.mark.parametrize(("draw", "sentence"), REFUSED, ids=[sentence[:40] for _, sentence in REFUSED])
def test_bad_input_is_refused_with_a_sentence(draw, sentence):
    import re

    with pytest.raises(ArgumentError, match=re.escape(sentence)):
        draw()
