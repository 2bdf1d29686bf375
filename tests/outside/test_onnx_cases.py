"""ONNX's operator cases: inputs and outputs that others made, run through our operations and losses.

Each case whose operator we have is run; the operators of later issues are named in LATER, so that nothing is left out
in silence.
"""

import json

import numpy as np
import pytest

from chainrule import losses
from chainrule.ops import OPERATIONS

#: Operators that come with convolutions, recurrent layers and attention, or that a network library has no use for.
LATER = {
    *(
        "Attention",
        "AveragePool",
        "Conv",
        "ConvTranspose",
        "GRU",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "InstanceNormalization",
    ),
    *("LSTM", "MaxPool", "Pad", "RMSNormalization", "Hardmax", "ThresholdedRelu", "OneHot"),
}
#: ONNX's training previews are other formulas: their Adam does not correct the first step's bias, their Adagrad puts
#: epsilon
#: elsewhere. Ours are Keras', held to PyTorch in tests/optimizers.
OTHER_FORMULA = {"Adam", "Adagrad"}
#: Operator → our activation, with the options that ONNX's attributes and defaults mean.
ACTIVATIONS = {
    "Elu": ("elu", lambda a: {"alpha": a.get("alpha", 1.0)}),
    "Gelu": ("gelu", lambda a: {"approximate": a.get("approximate") == "tanh"}),
    "LeakyRelu": ("leaky_relu", lambda a: {"negative_slope": a.get("alpha", 0.01)}),
    "Sigmoid": ("sigmoid", lambda a: {}),
    "Softplus": ("softplus", lambda a: {}),
    "Softsign": ("softsign", lambda a: {}),
    "Swish": ("silu", lambda a: {}),
    "Tanh": ("tanh", lambda a: {}),
    "Softmax": ("softmax", lambda a: {"axis": a.get("axis", -1)}),
    "LogSoftmax": ("log_softmax", lambda a: {"axis": a.get("axis", -1)}),
}
#: float32's rounding over sums of a few hundred numbers.
RTOL, ATOL = 1e-5, 1e-6
#: Cases that run, of all there are: neither may drop unseen.
RUN, ALL = 93, 211


def forward(name, *arrays, **options):
    return OPERATIONS[name].forward(*arrays, **options)[0]


def activation(op, attributes, inputs):
    name, options = ACTIVATIONS[op]
    return [forward(name, inputs[0], **options(attributes))]


def selu(op, attributes, inputs):
    """SELU with the attributes' own numbers is their scale times ELU."""
    alpha, gamma = (
        attributes.get("alpha", 1.67326319217681884765625),
        attributes.get("gamma", 1.05070102214813232421875),
    )
    return [gamma * forward("elu", inputs[0], alpha=alpha)]


def hard_sigmoid(op, attributes, inputs):
    """ONNX's slope and offset through ours: clip(αx + β, 0, 1) = hard_sigmoid(6 (αx + β) − 3)."""
    alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return [forward("hard_sigmoid", 6 * (alpha * inputs[0] + beta) - 3)]


def erf(op, attributes, inputs):
    """GELU is x (1 + erf(x/√2)) / 2, so erf(z) = 2 gelu(x) / x − 1 at x = √2 z; 0 where z is 0."""
    X = np.sqrt(2) * inputs[0].astype(np.float64)
    return [np.where(X == 0, 0, 2 * forward("gelu", X) / np.where(X == 0, 1, X) - 1)]


def prelu(op, attributes, inputs):
    X, slope = inputs
    if slope.ndim == 1 and X.ndim > 2:  # pytorch's: one slope a channel, the second axis
        slope = slope.reshape(-1, *([1] * (X.ndim - 2)))
    elif slope.ndim == X.ndim:  # a slope a row as well: row by row
        return [np.concatenate([forward("prelu", X[n : n + 1], slope[n]) for n in range(len(X))])]
    return [forward("prelu", X, np.broadcast_to(slope, X.shape[1:]))]


def flatten(op, attributes, inputs):
    """ONNX puts all axes before `axis` into the rows; ours keeps the first."""
    X, axis = inputs[0], attributes.get("axis", 1) % inputs[0].ndim
    return [forward("flatten", X.reshape(int(np.prod(X.shape[:axis])), *X.shape[axis:]))]


def matmul(op, attributes, inputs):
    """`dense` without bias; it multiplies by one matrix, so stacks of matrices go one by one."""
    A, B = inputs
    rows = A[None] if A.ndim == 1 else A
    columns = B[:, None] if B.ndim == 1 else B
    leading = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    rows = np.broadcast_to(rows, (*leading, *rows.shape[-2:])).reshape(-1, *rows.shape[-2:])
    columns = np.broadcast_to(columns, (*leading, *columns.shape[-2:])).reshape(-1, *columns.shape[-2:])
    Y = np.stack([forward("dense", X, W) for X, W in zip(rows, columns, strict=True)])
    Y = Y.reshape(*leading, *Y.shape[1:])
    Y = Y[..., 0] if B.ndim == 1 else Y
    return [Y[..., 0, :] if A.ndim == 1 and B.ndim > 1 else Y[..., 0] if A.ndim == 1 else Y]


def gemm(op, attributes, inputs):
    A, B, C = inputs
    if C.ndim == 2 and len(C) == len(A):  # a matrix is no bias; it is added after
        return [forward("add", forward("dense", A, B), C)]
    return [forward("dense", A, B, C.reshape(-1))]


def layer_normalization(op, attributes, inputs):
    """ONNX normalises over all axes from `axis` on; ours over the last, so these are made one.

    Its second output is the mean, which ours took out of X to get H s; its third is 1/s, which ours caches.
    """
    X, scale, shift = inputs
    axis = attributes.get("axis", -1) % X.ndim
    flat = X.reshape(*X.shape[:axis], -1)
    epsilon = attributes.get("epsilon", 1e-5)
    layer_normalise = OPERATIONS["layer_normalise"].forward
    Y, (H, r, _) = layer_normalise(flat, scale.reshape(-1), shift.reshape(-1), epsilon=epsilon)
    mean = (flat - H / r)[..., :1]
    one_a_row = (*X.shape[:axis], *([1] * (X.ndim - axis)))
    return [Y.reshape(X.shape), mean.reshape(one_a_row), r.reshape(one_a_row)]


def batch_normalization(op, attributes, inputs):
    """Channels go last for us and back again; ONNX's momentum is ours: the share of the old that is kept."""
    X, scale, shift, mean, variance = inputs
    rows, epsilon = np.moveaxis(X, 1, -1), attributes.get("epsilon", 1e-5)
    if not attributes.get("training_mode"):
        return [np.moveaxis(forward("affine_normalise", rows, scale, shift, mean, variance, epsilon=epsilon), -1, 1)]
    Y, _, state = OPERATIONS["batch_normalise"].forward(
        rows, scale, shift, mean, variance, epsilon=epsilon, momentum=attributes.get("momentum", 0.9)
    )
    return [np.moveaxis(Y, -1, 1), *state]


def cross_entropy(op, attributes, inputs):
    """Through our sparse cross-entropy, with ONNX's class weights and ignored label as sample weights.

    NegativeLogLikelihoodLoss takes any numbers for log-probabilities; ours first makes their exponentials add up to 1,
    by log Σ exp z, which is given back here: z − log_softmax(z) at any class.
    """
    X, labels = inputs[0], inputs[1]
    Z = np.moveaxis(X, 1, -1)
    log_probabilities = forward("log_softmax", Z)
    ignored = labels == attributes["ignore_index"] if "ignore_index" in attributes else np.zeros(labels.shape, bool)
    safe = np.where(ignored, 0, labels)
    L = forward("sparse_categorical_crossentropy_logits", Z, safe)
    if op == "NegativeLogLikelihoodLoss":
        L = L - (Z - log_probabilities)[..., 0]
    weights = (inputs[2][safe] if len(inputs) > 2 else np.ones(labels.shape)) * ~ignored
    weights = weights.astype(X.dtype)
    reduction = attributes.get("reduction", "mean")
    if reduction == "none":
        total = L * weights
    else:
        ours = {"mean": "mean_with_sample_weight", "sum": "sum"}[reduction]
        total = losses.SparseCategoricalCrossentropy(reduction=ours).weighted(L, weights)[0]
    return [total, np.moveaxis(log_probabilities, -1, 1)]


RUNNERS = {
    **dict.fromkeys(ACTIVATIONS, activation),
    "Selu": selu,
    "HardSigmoid": hard_sigmoid,
    "Erf": erf,
    "PRelu": prelu,
    "Flatten": flatten,
    "MatMul": matmul,
    "Gemm": gemm,
    "LayerNormalization": layer_normalization,
    "BatchNormalization": batch_normalization,
    "SoftmaxCrossEntropyLoss": cross_entropy,
    "NegativeLogLikelihoodLoss": cross_entropy,
}


@pytest.fixture(scope="module")
def onnx(data_folder):
    folder = data_folder / "onnx_cases"
    return json.loads((folder / "cases.json").read_text())["cases"], np.load(folder / "cases.npz")


def arrays(stored, case, kind, names):
    return [stored[f"{case['key']}/{kind}{number}"] for number in range(len(names))]


def run(case, stored):
    """Return our outputs and theirs, as many as the case has."""
    node = case["nodes"][0]
    by_name = dict(zip(case["inputs"], arrays(stored, case, "in", range(case["n_in"])), strict=False))
    by_name.update({name: stored[f"{case['key']}/w/{n}"] for n, name in enumerate(case["weights"])})
    inputs = [by_name[name] for name in node["inputs"]]
    ours = RUNNERS[node["op"]](node["op"], node["attrs"], inputs)
    return ours[: case["n_out"]], arrays(stored, case, "out", range(case["n_out"]))


@pytest.mark.parametrize("op", sorted(RUNNERS))
def test_operator_gives_the_numbers_of_onnx(op, onnx, record_property):
    cases, stored = onnx
    chosen = [case for case in cases if [node["op"] for node in case["nodes"]] == [op]]
    assert chosen
    for case in chosen:
        ours, theirs = run(case, stored)
        for A, B in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(A, B, rtol=RTOL, atol=ATOL, err_msg=case["key"])
    record_property("outside_cases", len(chosen))


def test_no_case_is_left_out_in_silence(onnx, record_property):
    record_property("outside_cases", 0)  # it counts the cases, and is none
    operators = [node["op"] for case in onnx[0] for node in case["nodes"]]
    assert len(operators) == len(onnx[0]) == ALL, "each case is one operator"
    assert set(operators) - set(RUNNERS) - LATER == OTHER_FORMULA
    assert sum(op in RUNNERS for op in operators) == RUN
