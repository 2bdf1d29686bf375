"""Small real tables that come with scikit-learn: no network is needed, but the `datasets` extra is."""

from __future__ import annotations

import numpy as np

from chainrule.datasets.dataset import Dataset
from chainrule.errors import MissingExtraError

#: Name: (task, what a row is, where the data come from).
TABLES = {
    "breast_cancer": (
        "binary",
        "A row is a breast mass; 30 measures of its cell nuclei under the microscope; the scales differ by 10,000.",
        "Wolberg, Mangasarian, Street and Street, UCI Machine Learning Repository, 1995, through scikit-learn.",
    ),
    "digits": (
        "multiclass",
        "A row is a handwritten digit of 8 × 8 pixels from 0 (white) to 16 (black), flattened to 64 columns.",
        "Alpaydin and Kaynak, UCI Machine Learning Repository, 1998, through scikit-learn.",
    ),
    "wine": (
        "multiclass",
        "A row is a wine; 13 chemical measures; the class is which of three growers made it.",
        "Aeberhard and Forina, UCI Machine Learning Repository, 1991, through scikit-learn.",
    ),
    "iris": (
        "multiclass",
        "A row is a flower; length and width of sepal and petal in cm; the class is its species.",
        "Fisher, 1936, UCI Machine Learning Repository, through scikit-learn.",
    ),
    "diabetes": (
        "regression",
        "A row is a patient; 10 measures, centred and scaled; the target is how far the disease went in a year.",
        "Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, 2004, through scikit-learn.",
    ),
}


def load_bundled(name: str) -> Dataset:
    """Return one of scikit-learn's own tables.

    Parameters
    ----------
    name : str
        One of `TABLES`.

    Returns
    -------
    Dataset
        X (rows, columns) in float64.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.

    Examples
    --------
    >>> load_bundled("iris")
    Dataset 'iris': 150 rows of 4 columns, multiclass ('setosa' 50, 'versicolor' 50, 'virginica' 50)
    """
    try:
        from sklearn import datasets as bundled
    except ImportError as error:
        raise MissingExtraError(
            f"The data set {name!r} comes with scikit-learn, which is not installed: "
            'pip install "chainrule[datasets]" brings it.'
        ) from error
    task, about, source = TABLES[name]
    table = getattr(bundled, f"load_{name}")()
    features = tuple(map(str, table.feature_names))
    if task == "regression":
        return Dataset(name, table.data, table.target, features, None, task, about, source)
    classes = tuple(map(str, table.target_names))
    return Dataset(name, table.data, table.target.astype(np.int64), features, classes, task, about, source)
