"""Numbers that say how good a model is, each added up over all the data."""

from chainrule.metrics.accuracy import Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from chainrule.metrics.auc import AUC
from chainrule.metrics.base import Mean, Metric
from chainrule.metrics.classification import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from chainrule.metrics.confusion import ConfusionMatrix
from chainrule.metrics.f1 import F1Score
from chainrule.metrics.registry import METRICS, get, resolve
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

__all__ = [
    "AUC",
    "METRICS",
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "ConfusionMatrix",
    "CosineSimilarity",
    "F1Score",
    "FalseNegatives",
    "FalsePositives",
    "FunctionMetric",
    "LossMetric",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "get",
    "resolve",
]
