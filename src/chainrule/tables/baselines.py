"""What a network is held against: the most frequent class or the mean, and a linear model.

Legend: X (n, I) with a column of ones, T (n, O) targets, W weights, P probabilities, λ penalty.

    numbers   ridge: W = (XᵀX + λ)⁻¹ XᵀT, λ by the error on each row left out:  eᵢ / (1 − hᵢᵢ)  (Allen, 1974)
    classes   W ← W − (c XᵀX / n + λ)⁻¹ (Xᵀ(P − T) / n + λ W), with momentum

For classes c XᵀX/n is never less than the matrix of second derivatives, c = ¼ for two classes and ½ for several
(Böhning, "Multinomial logistic regression algorithm", 1992): so it is inverted once, and every step goes down.
"""

from __future__ import annotations

import numpy as np

from chainrule.random import Stream

#: A linear model has seen enough with so many rows, and would take long with more columns than this.
MOST_ROWS, MOST_COLUMNS = 20_000, 1_500
PENALTIES = 10.0 ** np.arange(-3, 5)
#: The classes' penalty is this over the number of rows, which is scikit-learn's default C = 1.
PENALTY = 1.0
#: Not 0, so that the intercept too has a well-conditioned step.
INTERCEPT_PENALTY = 1e-6
ITERATIONS, TOLERANCE = 300, 1e-4


def most_frequent(y: np.ndarray, n_classes: int) -> np.ndarray:
    """Return each class' share of the training rows: what one would say without looking at a row.

    Examples
    --------
    >>> most_frequent(np.array([0, 0, 1, 0]), 2)
    array([0.75, 0.25])
    """
    counts = np.bincount(y.astype(np.int64), minlength=n_classes)
    return counts / counts.sum()


def fit_linear(X: np.ndarray, y: np.ndarray, task: str, outputs: int, seed: int = 0) -> tuple | None:
    """Return the kernel (I, outputs) and bias (outputs,) of a linear model, or None where X is too wide.

    Parameters
    ----------
    X : ndarray, shape (n, I)
        Scaled columns; more than 20,000 rows are sampled.
    y : ndarray, shape (n,)
        0 and 1, class numbers, or scaled numbers.
    task : str
        "binary", "multiclass" or "number".
    outputs : int
        1, or the number of classes.
    seed : int, default 0
        Of the sample.

    Examples
    --------
    >>> kernel, bias = fit_linear(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 3.0, 5.0, 7.0]), "number", 1)
    >>> kernel.round(2), bias.round(2)
    (array([[2.]]), array([1.]))
    """
    if X.shape[1] > MOST_COLUMNS:
        return None
    if len(X) > MOST_ROWS:
        rows = np.sort(Stream(seed, "split", 1).permutation(len(X))[:MOST_ROWS])
        X, y = X[rows], y[rows]
    X = X.astype(np.float64)
    if task == "number":
        return _ridge(X, y.astype(np.float64))
    T = np.eye(outputs)[y] if task == "multiclass" else y.astype(np.float64)[:, None]
    return _logistic(X, T)


def _ridge(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    center, middle = X.mean(axis=0), y.mean()
    U, s, Vt = np.linalg.svd(X - center, full_matrices=False)
    projected = U.T @ (y - middle)
    errors = []
    for penalty in PENALTIES:
        shrunk = s**2 / (s**2 + penalty)
        left = 1 - 1 / len(X) - (U**2) @ shrunk  # what a row's own target does not explain
        residual = y - middle - U @ (shrunk * projected)
        errors.append(np.mean((residual / np.maximum(left, np.finfo(float).eps)) ** 2))
    penalty = PENALTIES[int(np.argmin(errors))]
    kernel = Vt.T @ (s / (s**2 + penalty) * projected)
    return kernel[:, None], np.array([middle - center @ kernel])


def _logistic(X: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, outputs = T.shape
    X = np.hstack([X, np.ones((n, 1))])
    penalty = np.full((X.shape[1], 1), PENALTY / n)
    penalty[-1] = INTERCEPT_PENALTY
    bound = (0.25 if outputs == 1 else 0.5) / n
    inverse = np.linalg.inv(bound * (X.T @ X) + np.diag(penalty[:, 0]))
    W = ahead = np.zeros((X.shape[1], outputs))
    t = 1.0
    for _ in range(ITERATIONS):
        gradient = X.T @ (probabilities(X @ ahead) - T) / n + penalty * ahead
        step = inverse @ gradient
        new = ahead - step
        if (gradient * (new - W)).sum() > 0:  # momentum leads uphill: start it again
            t = 1.0
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead, W, t = new + (t - 1) / following * (new - W), new, following
        if np.abs(step).max() < TOLERANCE:
            break
    return W[:-1], W[-1]


def probabilities(F: np.ndarray) -> np.ndarray:
    """Return the sigmoid of one column, the softmax of several, without overflow.

    Examples
    --------
    >>> probabilities(np.array([[0.0], [1e4]]))
    array([[0.5], [1. ]])
    """
    if F.shape[1] == 1:
        return np.exp(-np.logaddexp(0.0, -F))
    P = np.exp(F - F.max(axis=1, keepdims=True))
    return P / P.sum(axis=1, keepdims=True)
