"""ONNX's operator cases: inputs and outputs that others made, run through our operations and losses.

Each case whose operator we have is run, on the reference engine and on the native one where it has the kernels; the
operators of later issues are named in LATER and cases of an operator that we have in part in NOT_OURS, so that nothing
is left out in silence.
"""

import json
import math
from contextvars import ContextVar, copy_context
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import losses
from chainrule.engines import core as native_core
from chainrule.engines.native import Native
from chainrule.ops import OPERATIONS
from chainrule.program import Program, Step

#: Operators that come with recurrent layers and attention, or that a network library has no use for.
LATER = {"Attention", "GRU", "Hardmax", "LSTM", "OneHot", "ThresholdedRelu"}
#: Cases of operators that we have otherwise, by the attribute that we don't have.
NOT_OURS = {
    "AveragePool": lambda a: "dilations" in a,
    "MaxPool": lambda a: "dilations" in a,
    "Pad": lambda a: a["mode"] != "constant",
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
#: Cases whose outputs were written down with four digits after the point.
ROUNDED = {"node/test_averagepool_2d_ceil_last_window_starts_on_pad": 5.6e-5}
#: Cases that run, of all there are: neither may drop unseen.
RUN, ALL = 153, 211


#: The engine that runs the operations of the test under way.
ENGINE = ContextVar("ENGINE", default="reference")


def forward(name, *arrays, **options):
    if ENGINE.get() == "native":
        return native_forward(name, *arrays, **options)
    return OPERATIONS[name].forward(*arrays, **options)[0]


def native_forward(name, *arrays, **options):
    """Return the output of a native program of one operation; all arrays but the first are its weights."""
    core, operation, dtype = native_core.load(), OPERATIONS[name], str(arrays[0].dtype)
    arrays = [np.require(A, dtype, ["C", "W"]) for A in arrays]
    program = Program(training=False)
    program.inputs = [program.slot((None, *arrays[0].shape[1:]))]
    program.weights = [SimpleNamespace(value=A) for A in arrays[1:]]
    slots = [*program.inputs, *(program.slot(A.shape) for A in arrays[1:])]
    program.outputs = [program.slot(operation.output_shape(*(slot.shape for slot in slots), **options))]
    program.steps = [Step(operation, [slot.index for slot in slots], program.outputs[0].index, options, "layer")]
    engine = Native(core, program, [False], dtype)
    engine.bind()
    Y = engine.predict_rows(arrays[0])
    assert Y is not None
    return Y


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


def channels_last(X):
    """Return images with the channels last; a row of them where there is one axis between."""
    A = np.moveaxis(X, 1, -1)
    return A[:, None] if A.ndim == 3 else A


def channels_first(Y, like):
    return np.moveaxis(Y[:, 0] if like.ndim == 3 else Y, -1, 1)


def two_axes(attributes, name, n_axes, otherwise):
    """Return an attribute of one number an axis for two axes: the height of a row is 1, and has no padding."""
    return [otherwise] * (2 - n_axes) + list(attributes.get(name, [otherwise] * n_axes))


def borders(attributes, sizes):
    """Return padding as (before, after) for each axis: ONNX has all before all, or a rule."""
    n = len(sizes)
    if attributes.get("auto_pad", "NOTSET") == "SAME_UPPER":
        strides = attributes.get("strides", [1] * n)
        kernel = zip(sizes, strides, attributes["kernel_shape"], strict=True)
        missing = [max((-(-size // s) - 1) * s + k - size, 0) for size, s, k in kernel]
        return [(total // 2, total - total // 2) for total in missing]
    pads = attributes.get("pads", [0] * (2 * n))
    return list(zip(pads[:n], pads[n:], strict=True))


def flat_borders(attributes, sizes):
    """Return padding as ours: (top, bottom, left, right)."""
    return [number for pair in [(0, 0)] * (2 - len(sizes)) + borders(attributes, sizes) for number in pair]


def conv(op, attributes, inputs):
    """One axis is an image of one row; three are images whose channels are those of all slices under the kernel."""
    X, W, *b = inputs
    n = X.ndim - 2
    if n == 3:
        return conv_of_slices(attributes, X, W, b)
    A, kernel = channels_last(X), W.transpose(*range(2, W.ndim), 1, 0)
    kernel = kernel[None] if n == 1 else kernel
    options = {
        "strides": two_axes(attributes, "strides", n, 1),
        "padding": flat_borders(attributes, X.shape[2:]),
        "dilation": two_axes(attributes, "dilations", n, 1),
        "groups": attributes.get("group", 1),
    }
    return [channels_first(forward("conv2d", A, kernel, *b, **options), X)]


def conv_of_slices(attributes, X, W, b):
    strides, dilations = attributes["strides"], attributes["dilations"]
    (front, back), *rest = borders(attributes, X.shape[2:])
    P = np.pad(np.moveaxis(X, 1, -1), ((0, 0), (front, back), (0, 0), (0, 0), (0, 0)))
    F, C, depth, kh, kw = W.shape
    last = P.shape[1] - (depth - 1) * dilations[0]
    A = np.concatenate([P[:, i * dilations[0] :][:, : last : strides[0]] for i in range(depth)], axis=-1)
    Y = forward(
        "conv2d",
        A.reshape(-1, *A.shape[2:]),
        W.transpose(3, 4, 2, 1, 0).reshape(kh, kw, depth * C, F),
        *b,
        strides=strides[1:],
        padding=[number for pair in rest for number in pair],
        dilation=dilations[1:],
    )
    return [np.moveaxis(Y.reshape(*A.shape[:2], *Y.shape[1:]), -1, 1)]


def conv_transpose(op, attributes, inputs):
    """Our kernel has no groups: each group by itself. An `output_shape` is what the other attributes say already."""
    X, W = inputs
    n, groups = X.ndim - 2, attributes.get("group", 1)
    kernel = W.transpose(*range(2, W.ndim), 1, 0)
    kernel = kernel[None] if n == 1 else kernel
    options = {
        "strides": two_axes(attributes, "strides", n, 1),
        "padding": flat_borders(attributes, X.shape[2:]),
        "extra": two_axes(attributes, "output_padding", n, 0),
        "dilation": two_axes(attributes, "dilations", n, 1),
    }
    parts = zip(np.split(channels_last(X), groups, -1), np.split(kernel, groups, -1), strict=True)
    Y = np.concatenate([forward("conv2d_transpose", A, part, **options) for A, part in parts], axis=-1)
    return [channels_first(Y, X)]


def pool_slices(name, X, attributes):
    """Pool three axes as two and one: the largest of the largest, or the mean of means of as many."""
    kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1, 1])
    along, *rest = borders(attributes, X.shape[2:])
    assert name == "max_pool2d" or not any((*along, *rest[0], *rest[1])), "borders would have other weights"
    A = np.moveaxis(X, 1, -1)
    N, D, H, W, C = A.shape
    inner = {"pool": kernel[1:], "strides": strides[1:], "padding": (*rest[0], *rest[1])}
    Y = forward(name, A.reshape(N * D, H, W, C), **inner)
    height, width = Y.shape[1:3]
    outer = {"pool": (kernel[0], 1), "strides": (strides[0], 1), "padding": (*along, 0, 0)}
    Y = forward(name, Y.reshape(N, D, height * width, C), **outer)
    return [np.moveaxis(Y.reshape(N, -1, height, width, C), -1, 1)]


def average_pool(op, attributes, inputs):
    """Where padding counts it is a step of its own."""
    (X,) = inputs
    n = X.ndim - 2
    if n == 3:
        return pool_slices("average_pool2d", X, attributes)
    A, padding = channels_last(X), flat_borders(attributes, X.shape[2:])
    if attributes.get("count_include_pad"):
        A, padding = forward("pad2d", A, padding=padding), (0, 0, 0, 0)
    pool, strides = two_axes(attributes, "kernel_shape", n, 1), two_axes(attributes, "strides", n, 1)
    return [channels_first(forward("average_pool2d", A, pool=pool, strides=strides, padding=padding), X)]


def max_pool(op, attributes, inputs):
    """Return the largest and, on the reference engine, their places in X, which our cache counts from the window."""
    X = inputs[0].astype(np.float32)  # of whole numbers (uint8) as well
    n = X.ndim - 2
    if n == 3:
        return pool_slices("max_pool2d", X, attributes)
    A, padding = channels_last(X), flat_borders(attributes, X.shape[2:])
    pool, strides = two_axes(attributes, "kernel_shape", n, 1), two_axes(attributes, "strides", n, 1)
    Y = channels_first(forward("max_pool2d", A, pool=pool, strides=strides, padding=padding), X)
    if ENGINE.get() == "native":
        return [Y]
    winner = OPERATIONS["max_pool2d"].forward(A, pool, strides, padding)[1][0].astype(np.int64)
    N, height, width, C = winner.shape
    rows = winner // pool[1] + np.arange(height)[:, None, None] * strides[0] - padding[0]
    columns = winner % pool[1] + np.arange(width)[:, None] * strides[1] - padding[2]
    place = columns * A.shape[1] + rows if attributes.get("storage_order") else rows * A.shape[2] + columns
    image = np.arange(N)[:, None, None, None] * C + np.arange(C)
    return [Y, channels_first(image * A.shape[1] * A.shape[2] + place, X)]


def global_pool(op, attributes, inputs):
    name = {"GlobalMaxPool": "global_max_pool2d", "GlobalAveragePool": "global_average_pool2d"}[op]
    return [forward(name, channels_last(inputs[0]))[:, :, None, None]]


def instance_normalization(op, attributes, inputs):
    """Make each channel a group."""
    X, scale, shift = inputs
    options = {"groups": len(scale), "epsilon": attributes.get("epsilon", 1e-5)}
    return [channels_first(forward("group_normalise", channels_last(X), scale, shift, **options), X)]


def pad(op, attributes, inputs):
    """Our padding is 0: another value is taken off before and put back after."""
    X, pads, value = inputs[:3]
    axes = inputs[3] % X.ndim if len(inputs) > 3 else np.arange(X.ndim)
    before, after = np.zeros((2, X.ndim), int)
    before[axes], after[axes] = pads[: len(axes)], pads[len(axes) :]
    assert not before[:2].any() and not after[:2].any()
    A = channels_last(X) - value
    return [channels_first(forward("pad2d", A, padding=(before[2], after[2], before[3], after[3])) + value, X)]


def rms_normalization(op, attributes, inputs):
    """ONNX normalises over all axes from `axis` on; ours over the last, so these are made one."""
    X, scale = inputs
    axis = attributes.get("axis", -1) % X.ndim
    flat = X.reshape(math.prod(X.shape[:axis]), -1)
    Y = forward("rms_normalise", flat, scale.reshape(-1), epsilon=attributes.get("epsilon", 1e-5))
    return [Y.reshape(X.shape)]


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
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "AveragePool": average_pool,
    "MaxPool": max_pool,
    "GlobalAveragePool": global_pool,
    "GlobalMaxPool": global_pool,
    "InstanceNormalization": instance_normalization,
    "Pad": pad,
    "RMSNormalization": rms_normalization,
}
#: The operations of those that the native engine is asked as well, where the core has their kernels. The others read a
#: cache or are losses, and tests/engines holds all kernels against the reference engine.
NATIVE = {
    **{op: {name} for op, (name, _) in ACTIVATIONS.items()},
    "Conv": {"conv2d"},
    "ConvTranspose": {"conv2d_transpose"},
    "AveragePool": {"average_pool2d", "pad2d"},
    "MaxPool": {"max_pool2d"},
    "GlobalAveragePool": {"global_average_pool2d"},
    "GlobalMaxPool": {"global_max_pool2d"},
    "InstanceNormalization": {"group_normalise"},
    "Pad": {"pad2d"},
    "RMSNormalization": {"rms_normalise"},
}
KERNELS = set() if native_core.load() is None else set(native_core.load().operations())
ON = [(op, "reference") for op in sorted(RUNNERS)]
ON += [(op, "native") for op, needed in sorted(NATIVE.items()) if needed <= KERNELS]


@pytest.fixture(scope="module")
def onnx(data_folder):
    folder = data_folder / "onnx_cases"
    return json.loads((folder / "cases.json").read_text())["cases"], np.load(folder / "cases.npz")


def arrays(stored, case, kind, names):
    return [stored[f"{case['key']}/{kind}{number}"] for number in range(len(names))]


def run(case, stored):
    """Return our outputs and theirs, as many as the case has (in use, the native engine has the first alone)."""
    node = case["nodes"][0]
    by_name = dict(zip(case["inputs"], arrays(stored, case, "in", range(case["n_in"])), strict=False))
    by_name.update({name: stored[f"{case['key']}/w/{n}"] for n, name in enumerate(case["weights"])})
    inputs = [by_name[name] for name in node["inputs"]]
    ours = RUNNERS[node["op"]](node["op"], node["attrs"], inputs)[: case["n_out"]]
    theirs = arrays(stored, case, "out", range(case["n_out"]))
    return ours, theirs if ENGINE.get() == "reference" else theirs[:1]


def is_ours(case):
    """Tell whether we have a case's operator, with its attributes."""
    node = case["nodes"][0]
    return node["op"] in RUNNERS and not NOT_OURS.get(node["op"], lambda a: False)(node["attrs"])


@pytest.mark.parametrize(("op", "engine"), ON)
def test_operator_gives_the_numbers_of_onnx(op, engine, onnx, record_property):
    cases, stored = onnx
    chosen = [case for case in cases if [node["op"] for node in case["nodes"]] == [op] and is_ours(case)]
    assert chosen
    context = copy_context()
    context.run(ENGINE.set, engine)
    for case in chosen:
        ours, theirs = context.run(run, case, stored)
        for A, B in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(A, B, RTOL, ROUNDED.get(case["key"], ATOL), err_msg=case["key"])
    record_property("outside_cases", len(chosen) if engine == "reference" else 0)  # each case counts once


def test_no_case_is_left_out_in_silence(onnx, record_property):
    record_property("outside_cases", 0)  # it counts the cases, and is none
    operators = [node["op"] for case in onnx[0] for node in case["nodes"]]
    assert len(operators) == len(onnx[0]) == ALL, "each case is one operator"
    assert set(operators) - set(RUNNERS) - LATER == OTHER_FORMULA
    assert sum(is_ours(case) for case in onnx[0]) == RUN
