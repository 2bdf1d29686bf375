"""From a name to a metric, and which accuracy "accuracy" is.

Keras' names and short names; a string that names a loss means the mean of that loss.
"""

from __future__ import annotations

from typing import Any

from chainrule.configurable import Registry
from chainrule.errors import ArgumentError, unknown_name
from chainrule.metrics.accuracy import Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from chainrule.metrics.auc import AUC
from chainrule.metrics.base import Mean, Metric
from chainrule.metrics.classification import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    ThresholdCounts,
    TrueNegatives,
    TruePositives,
)
from chainrule.metrics.confusion import ConfusionMatrix
from chainrule.metrics.f1 import F1Score
from chainrule.metrics.regression import (
    CosineSimilarity,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    R2Score,
    RootMeanSquaredError,
)
from chainrule.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from chainrule.metrics.wrappers import FunctionMetric, LossMetric

METRICS = Registry("metric", Metric)

METRICS.add(Accuracy, "accuracy", "acc")
METRICS.add(BinaryAccuracy, "binary_accuracy")
METRICS.add(CategoricalAccuracy, "categorical_accuracy")
METRICS.add(SparseCategoricalAccuracy, "sparse_categorical_accuracy")
METRICS.add(TopKCategoricalAccuracy, "top_k_categorical_accuracy")
METRICS.add(SparseTopKCategoricalAccuracy, "sparse_top_k_categorical_accuracy")
METRICS.add(TruePositives, "true_positives")
METRICS.add(FalsePositives, "false_positives")
METRICS.add(TrueNegatives, "true_negatives")
METRICS.add(FalseNegatives, "false_negatives")
METRICS.add(Precision, "precision")
METRICS.add(Recall, "recall")
METRICS.add(F1Score, "f1_score", "f1", average="macro")  # one number, so that logs can show it
METRICS.add(AUC, "auc", "roc_auc")
METRICS.add(AUC, "pr_auc", "average_precision", curve="PR")
METRICS.add(ConfusionMatrix, "confusion_matrix")
METRICS.add(MeanAbsoluteError, "mean_absolute_error", "mae")
METRICS.add(MeanSquaredError, "mean_squared_error", "mse")
METRICS.add(RootMeanSquaredError, "root_mean_squared_error", "rmse")
METRICS.add(MeanAbsolutePercentageError, "mean_absolute_percentage_error", "mape")
METRICS.add(CosineSimilarity, "cosine_similarity")
METRICS.add(R2Score, "r2_score", "r2")
METRICS.add(Mean, "mean")
METRICS.classes["LossMetric"] = LossMetric  # only out of a file: by name one writes the loss itself

#: Names whose meaning depends on the loss and the output.
ACCURACY_NAMES = ("accuracy", "acc")
CROSSENTROPY_NAMES = ("crossentropy", "ce")

#: What they mean, by the kind of output.
ACCURACIES = {
    "Binary": BinaryAccuracy,
    "SparseCategorical": SparseCategoricalAccuracy,
    "Categorical": CategoricalAccuracy,
}


def get(identifier: Any) -> Any:
    """Return the metric that an identifier means, without knowing the model.

    Parameters
    ----------
    identifier : str, Metric, Loss, class, callable, dict or None
        A metric's name, a loss's name, a function of (y_true, y_pred), or what `to_config` wrote.

    Returns
    -------
    Metric or None

    Raises
    ------
    ArgumentError
        If the name isn't known (with the nearest known one).

    Examples
    --------
    >>> get("mse")([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    if isinstance(identifier, str) and identifier not in METRICS:
        return LossMetric(_known_loss(identifier))
    if callable(identifier) and not isinstance(identifier, (type, Metric)):
        return LossMetric(identifier) if _is_loss(identifier) else FunctionMetric(identifier)
    return METRICS.get(identifier)


def _is_loss(thing: Any) -> bool:
    from chainrule import losses

    return isinstance(thing, losses.Loss)


def _known_loss(identifier: str) -> Any:
    from chainrule import losses

    try:
        return losses.get(identifier)
    except ArgumentError:
        known = {*METRICS.names(), *losses.LOSSES.names()}
        raise unknown_name("metric", identifier, known) from None


def resolve(identifier: Any, loss: Any, output_shape: tuple[int | None, ...]) -> Any:
    """Return the metric that an identifier means for an output trained with a loss.

    A metric asked for by name keeps that name in logs: "acc" stays "acc". Three things depend on the model:

    - "accuracy", "acc": one output: `BinaryAccuracy`; a sparse loss: `SparseCategoricalAccuracy`; else
      `CategoricalAccuracy`, as Keras decides. For several sigmoid units that each answer their own question write
      "binary_accuracy".
    - "crossentropy", "ce": the cross-entropy chosen likewise.
    - A loss that takes logits: metrics by name count "yes" above 0 instead of above 0.5, since σ(0) = 0.5, and
      cross-entropies by name take logits too. Hinge losses have their border at 0 as well. Precision, AUC and
      their like can't be read off softmax logits: refused by name.

    Parameters
    ----------
    identifier : str, Metric, class, callable, dict or None
        As `get`.
    loss : Loss
        What the output is trained with.
    output_shape : tuple
        Shape of the output, (None, …, units).

    Returns
    -------
    Metric or None

    Raises
    ------
    ArgumentError
        If the name isn't known (with the nearest known one), or the metric can't be read off the output.

    Examples
    --------
    >>> resolve("acc", None, (None, 1)).name, type(resolve("acc", None, (None, 3))).__name__
    ('acc', 'CategoricalAccuracy')
    """
    if not isinstance(identifier, str):
        return get(identifier)
    kind = _kind(loss, output_shape)
    logits = bool(getattr(loss, "from_logits", False))
    if identifier.lower() in ACCURACY_NAMES:
        metric = ACCURACIES[kind]()
    elif identifier.lower() in CROSSENTROPY_NAMES:
        metric = LossMetric({"class": f"{kind}Crossentropy", "config": {"from_logits": logits}})
    else:
        metric = get(identifier)
    if logits and isinstance(metric, LossMetric):
        metric.loss = _with_logits(metric.loss)
    elif logits or "Hinge" in type(loss).__name__:
        _at_zero(metric, identifier, kind, logits and "Categorical" in type(loss).__name__)
    metric.name = identifier
    return metric


def _kind(loss: Any, output_shape: tuple[int | None, ...]) -> str:
    if output_shape[-1] == 1:
        return "Binary"
    return "SparseCategorical" if type(loss).__name__.startswith("Sparse") else "Categorical"


def _at_zero(metric: Any, identifier: str, kind: str, softmax: bool) -> None:
    """Move a metric from probabilities to scores whose border is 0."""
    if softmax and isinstance(metric, (ThresholdCounts, BinaryAccuracy, AUC)):
        raise ArgumentError(
            f"{identifier!r} compares probabilities, which softmax logits are not; "
            f"end the model with a softmax and use a loss with from_logits=False, or measure another metric."
        )
    if isinstance(metric, ThresholdCounts):
        metric.thresholds = 0.0
    elif isinstance(metric, (BinaryAccuracy, ConfusionMatrix)) or (isinstance(metric, F1Score) and kind == "Binary"):
        metric.threshold = 0.0


def _with_logits(loss: Any) -> Any:
    """Return the loss for predictions that are logits, where it can tell."""
    config = loss.get_config()
    return type(loss).from_config(config | {"from_logits": True}) if "from_logits" in config else loss
