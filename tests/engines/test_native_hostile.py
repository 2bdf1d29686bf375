"""The core's own door: a forged description or call is refused by a Python exception and never ends the process.

What Python's side would never send is sent here straight to the core. After each refusal a good call still gives the
bits that it gave before.
"""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engines import core as native_core
from chainrule.engines.choice import whole_inputs
from chainrule.engines.describe import options_of
from chainrule.engines.lowering import lower
from chainrule.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Input,
    LayerNormalization,
    Normalization,
    PReLU,
    Rescaling,
    Reshape,
    Softmax,
)
from chainrule.models import Model, Sequential
from chainrule.ops.registry import OPERATIONS, Operation

CORE = native_core.load()
REFUSED = (ValueError, TypeError, MemoryError, IndexError)
FIELDS = ("training", "n_inputs", "n_weights", "slots", "steps", "outputs", "wanted", "terms", "metrics")
LARGEST = 2**63 - 1
N_ROWS = 5


# ---- a good description, and all that can be called with it


def plain() -> Model:
    """Return a small compiled network."""
    model = Sequential([Dense(4, "relu", input_dim=3), Dropout(0.5), Dense(2, "softmax")], seed=1)
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine="native")
    return model


def varied() -> Model:
    """Return a network of most operations, with indices, two outputs and batch-wide sums."""
    words, numbers = Input((3,), dtype="int64"), Input((2, 3))
    table = Flatten()(Embedding(5, 2)(words))
    scaled = Rescaling(2.0, offset=[1.0, 2.0, 3.0])(Normalization(mean=[0.0, 0.5, 1.0], variance=1.0)(numbers))
    shared = PReLU(shared_axes=[1])(GaussianNoise(0.1)(scaled))
    one = Add()([shared, LayerNormalization()(shared)])
    flat = Reshape((6,))(Softmax()(one))
    joined = Concatenate()([BatchNormalization()(Dense(6, "gelu")(table)), flat])
    outputs = [Dense(2, "log_softmax", name="a")(joined), Dense(1, "sigmoid", name="b")(Dense(3, "elu")(joined))]
    model = Model([words, numbers], outputs, seed=2)
    losses = {"a": "mse", "b": "binary_crossentropy"}
    model.compile("adam", losses, metrics={"a": ["mae"], "b": ["accuracy"]}, engine="native")
    return model


def description_of(model: Model) -> list:
    """Return the arguments of the core's `Network` for a model's training, as lists that can be changed."""
    native = model.training_step.native.native
    assert CORE is not None
    return deepcopy(list(lower(native.program, whole_inputs(model), native.extras, training=True)))


def in_use(description: list) -> list:
    """Return the description of the same network when it is only used: no losses, one output."""
    return [False, *description[1:5], description[5][:1], [], [], []]


class Forged:
    """A network of the core made of a description that may be forged, with arrays as the description has them.

    Parameters
    ----------
    description : list
        The arguments of the core's `Network`.
    optimizer : str, default "SGD"
    """

    def __init__(self, description: list, optimizer: str = "SGD"):
        assert CORE is not None
        self.trains, n_inputs, n_weights, slots, _, outputs, wanted, terms, _ = description
        self.network = CORE.Network32(*description)
        shapes = [axes for axes, *_ in slots]
        rng = np.random.default_rng(3)
        self.weights = [rng.normal(size=shape).astype("f4") for shape in shapes[n_inputs : n_inputs + n_weights]]
        self.gradients = [np.zeros_like(W) if n_inputs + n in wanted else None for n, W in enumerate(self.weights)]
        inputs = [rng.integers(0, 2, size=(N_ROWS, *shape)) for shape in shapes[:n_inputs]]
        labels = [name.startswith("sparse") for name, *_ in terms]
        targets = [
            np.zeros((N_ROWS, *(shapes[slot][:-1] if label else shapes[slot])), "i8" if label else "f4")
            for label, (_, _, slot, *_) in zip(labels, terms, strict=True)
        ]
        self.outputs = [np.zeros((N_ROWS, *shapes[slot]), "f4") for slot in outputs]
        self.data = {"inputs": inputs, "targets": targets, "weights": [None] * len(terms)}
        self.rows = {**self.data, "order": None, "first": 0, "rows": N_ROWS, "batch_size": 2, "seconds": 9.0}
        self.rows |= {"outputs": self.outputs, "sums": []}
        self.training = {**self.rows, "seed": 1, "iterations": 0, "rates": [0.1]}
        self.theta = np.zeros(4, "f4")
        slots_of = {"SGD": 0, "Nadam": 2}[optimizer]
        options = {"momentum": [0.0], "beta_1": [0.9], "beta_2": [0.9], "epsilon": [1e-7], "ema_momentum": [0.9]}
        self.update = {
            "name": optimizer,
            "options": options,
            "theta": self.theta,
            "gradient": np.zeros(4, "f4"),
            "slots": [np.zeros(4, "f4") for _ in range(slots_of)],
            "numbers": [np.array([1.0])] if optimizer == "Nadam" else [],
            "average": None,
            "segments": [(0, 4, [2, 2], True, None, None)],
            "clip": "",
            "clip_limit": 0.0,
            "weight_decay": 0.0,
        }

    def bind(self) -> Forged:
        """Bind the weights and set an update, of a vector that is none of them: they stay as they are."""
        self.network.bind(self.weights, self.gradients)
        self.network.set_update(**self.update)
        return self

    def calls(self) -> list:
        """Return the calls that can be made of this kind of network, each without arguments."""
        given = {**self.data, "seed": 1, "step": 2, "commit": True, "outputs": self.outputs, "input_gradients": []}
        measure = lambda: self.network.measure(**self.rows)  # noqa: E731
        if not self.trains:
            one = len(self.data["inputs"]) == len(self.outputs) == 1
            return [measure, *([lambda: self.network.predict(self.data["inputs"][0], self.outputs[0])] if one else [])]
        return [measure, lambda: self.network.train(**self.training), lambda: self.network.gradients(**given)]

    def call_all(self) -> list:
        """Make every call; return what they say and have written."""
        self.bind()
        found = [call() for call in self.calls()]
        return [
            found,
            [Y.tobytes() for Y in self.outputs],
            [None if G is None else G.tobytes() for G in self.gradients],
        ]


PLAIN, VARIED = description_of(plain()), description_of(varied())
BITS = Forged(PLAIN).call_all()


def changed(field: str, value) -> list:
    """Return the plain description with one of its fields replaced, or as a function changes it."""
    description = deepcopy(PLAIN)
    place = FIELDS.index(field)
    description[place] = value(description[place]) if callable(value) else value
    return description


def replaced(place: int, *parts):
    """Return a function that replaces parts of a list's entry: (number of the part, value) pairs."""

    def change(entries: list) -> list:
        entry = list(entries[place])
        for number, value in parts:
            entry[number] = value
        return [*entries[:place], tuple(entry), *entries[place + 1 :]]

    return change


# ---- descriptions

DESCRIPTIONS = {
    "no inputs": changed("n_inputs", 0),
    "less than no weights": changed("n_weights", -1),
    "counts that overflow": [True, 2**31 - 1, 2**31 - 1, *PLAIN[3:]],
    "a count too large for the core": changed("n_inputs", 2**31),
    "a slot missing": changed("slots", lambda slots: slots[:-1]),
    "no slots": changed("slots", []),
    "a weight with rows": changed("slots", replaced(1, (1, True))),
    "an input without": changed("slots", replaced(0, (1, False))),
    "whole numbers in a dense layer": changed("slots", replaced(0, (2, True))),
    "whole numbers within": changed("slots", replaced(-1, (2, True))),
    "a negative axis": changed("slots", replaced(0, (0, [-3]))),
    "axes whose product overflows": changed("slots", replaced(0, (0, [2**32, 2**32]))),
    "axes whose product overflows beside one of 0": changed("slots", replaced(0, (0, [0, 2**40, 2**40]))),
    "an axis that is no int64": changed("slots", replaced(0, (0, [2**63]))),
    "an output of another size": changed("slots", replaced(-1, (0, [3]))),
    "an output without axes": changed("slots", replaced(-1, (0, []))),
    "no such kernel": changed("steps", replaced(0, (0, "dence"))),
    "a kernel's name with a zero": changed("steps", replaced(0, (0, "dense\0"))),
    "a name that is no text": changed("steps", replaced(0, (0, "\ud800"))),
    "a kernel without arrays": changed("steps", replaced(1, (2, []))),
    "a kernel with too many": changed("steps", replaced(1, (2, [0, 0]))),
    "steps that read what is not there yet": changed("steps", replaced(0, (2, [7, 1, 2]))),
    "steps that read slot -1": changed("steps", replaced(0, (2, [-1, 1, 2]))),
    "steps that write elsewhere": changed("steps", replaced(1, (3, 0))),
    "dropout without a stream": changed("steps", replaced(2, (5, -1))),
    "dropout without a rate": changed("steps", replaced(2, (4, {}))),
    "dropout with two rates": changed("steps", replaced(2, (4, {"rate": [0.1, 0.2]}))),
    "a rate that is NaN": changed("steps", replaced(2, (4, {"rate": [float("nan")]}))),
    "a rate of 1": changed("steps", replaced(2, (4, {"rate": [1.0]}))),
    "options that are no numbers": changed("steps", replaced(2, (4, {"rate": ["0.5"]}))),
    "outputs that are not there": changed("outputs", [99]),
    "an output that is a weight": changed("outputs", [1]),
    "a negative output": changed("outputs", [-1]),
    "a gradient of what is within": changed("wanted", [99]),
    "a loss that reads nothing": changed("terms", replaced(0, (2, 99))),
    "a loss that reads a weight": changed("terms", replaced(0, (2, 2))),
    "no such loss": changed("terms", replaced(0, (0, "loss"))),
    "no such reduction": changed("terms", replaced(0, (4, "median"))),
    "a metric of no loss": changed("metrics", replaced(0, (3, 1))),
    "a metric of no output": changed("metrics", replaced(0, (2, -1))),
    "no such metric": changed("metrics", replaced(0, (0, "auc"))),
    "a metric without a loss": changed("terms", []),
    "nothing at all": [True, 0, 0, [], [], [], [], [], []],
    "a description of nothings": [None] * len(FIELDS),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
@pytest.mark.parametrize("kind", ["Network32", "Network64"])
def test_descriptions_are_refused(case, kind):
    with pytest.raises((ValueError, TypeError)):
        getattr(CORE, kind)(*DESCRIPTIONS[case])


def test_a_metric_that_cuts_rows_otherwise_than_its_loss():
    """The loss looks along the last axis of (2, 3), the metric along that of (6,): as many numbers, other rows."""
    slots = [([2, 3], True, False), ([6], True, False)]
    steps = [("reshape", "layer", [0], 1, {}, -1)]
    terms, metrics = [("mean_squared_error", {}, 0, 1.0, "sum")], [("mean_squared_error", {}, 0, 0)]
    with pytest.raises(ValueError, match="a metric compares arrays of different sizes"):
        CORE.Network32(True, 1, 0, slots, steps, [1], [], terms, metrics)


def test_arrays_of_size_0():
    slots = [([3], True, False), ([3, 0], True, False), ([3, 0], True, False), ([0], True, False)]
    steps = [
        ("reshape", "first", [0], 1, {}, -1),
        ("concatenate", "second", [1, 1], 2, {"axis": [2.0]}, -1),
        ("flatten", "third", [2], 3, {}, -1),
    ]
    with pytest.raises(ValueError, match="reshape changes no shape"):
        CORE.Network32(False, 1, 0, slots, steps, [3], [], [], [])
    slots[0] = ([0], True, False)
    forged = Forged([False, 1, 0, slots, steps, [3], [], [], []])
    forged.network.bind([], [])
    assert forged.network.measure(**forged.rows)[0] == 3  # batches of 2, 2 and 1 rows of nothing


# ---- Hypothesis: any change anywhere

MERGES = {"add", "average", "concatenate", "maximum", "multiply", "subtract"}


def alone(operation: Operation) -> list:
    """Return the description of a network of one operation, on the first arrays that its own tests take."""
    arrays, options = next(iter(operation.samples(np.random.default_rng(0))))
    options = {name: value for name, value in options.items() if name != "random"}
    n = len(arrays) if operation.name in MERGES else 1
    shapes = [(None, *A.shape[1:]) for A in arrays[:n]] + [A.shape for A in arrays[n:]]
    shape = operation.output_shape(*shapes, **options)
    slots = [(list(A.shape[1:]), True, A.dtype.kind == "i") for A in arrays[:n]]
    slots += [(list(A.shape), False, False) for A in arrays[n:]]
    slots.append((list(shape[1:]), True, False))
    numbers, output = options_of(operation.name, options), len(arrays)
    steps = [(operation.name, "layer", list(range(output)), output, numbers, 0 if operation.random else -1)]
    wanted = [] if operation.backward is None else [k for k, A in enumerate(arrays) if A.dtype.kind == "f"]
    terms = [("inner_product", {}, output, 1.0, "sum")] if shape[1:] else []
    return [bool(terms), n, len(arrays) - n, slots, steps, [output], wanted if terms else [], terms, []]


OPERATIONS_OF_THE_CORE = [OPERATIONS[name] for name in CORE.operations() if name in OPERATIONS]
GOOD = [PLAIN, VARIED, in_use(PLAIN), in_use(VARIED), *map(alone, OPERATIONS_OF_THE_CORE)]
WHOLE = st.sampled_from([-(2**63), -(2**31), -2, -1, 0, 1, 2, 3, 4, 5, 6, 64, 2**31 - 1, 2**41, 2**62, LARGEST, 2**64])
REAL = st.sampled_from([float("nan"), float("inf"), -float("inf"), -1.0, 0.0, 0.5, 1.0, 2.0, 1e300, -3.5])
NAMES = sorted({*CORE.operations(), *CORE.losses(), *CORE.optimizers(), "accuracy", "sum", "", "no such name"})


def places(part, path=()) -> list[tuple]:
    """Return the paths of all parts of nested lists, tuples and dicts."""
    keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, (list, tuple)) else []
    return [path, *(found for key in keys for found in places(part[key], (*path, key)))]


def changed_at(part, path: tuple, change):
    """Return nested lists, tuples and dicts with the part at a path changed."""
    if not path:
        return change(part)
    copy = dict(part) if isinstance(part, dict) else list(part)
    copy[path[0]] = changed_at(copy[path[0]], path[1:], change)
    return tuple(copy) if isinstance(part, tuple) else copy


def another(draw, part):
    """Return something else of a part's kind, or now and then of another kind."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from([None, "text", 1.5, [], {}, -1, [[[]]]]))
    if isinstance(part, bool):
        return not part
    if isinstance(part, int):
        return draw(WHOLE)
    if isinstance(part, float):
        return draw(REAL)
    if isinstance(part, str):
        return draw(st.sampled_from(NAMES))
    if not part:
        return [draw(WHOLE)]
    entries = list(part.items()) if isinstance(part, dict) else list(part)
    at = draw(st.integers(0, len(entries) - 1))
    entries = draw(st.sampled_from([entries[:at] + entries[at + 1 :], [*entries, entries[at]], entries[::-1], []]))
    return dict(entries) if isinstance(part, dict) else type(part)(entries)


@st.composite
def forgeries(draw) -> list:
    """Draw a good description that was changed in one to three places."""
    description = deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in places(description) if path]))
        description = changed_at(description, path, lambda part: another(draw, part))
    return description


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_good_descriptions_are_run(place):
    Forged(deepcopy(GOOD[place])).call_all()


@settings(max_examples=1000)
@given(forgeries())
def test_any_forged_description(description):
    try:
        CORE.Network32(*description)
    except REFUSED:
        return
    if max((size for axes, *_ in description[3] for size in axes), default=0) > 64:
        return  # the arrays of this test would be the large ones; see the tests of memory
    forged = Forged(description)
    for call in (forged.bind, *forged.calls()):
        try:
            call()
        except REFUSED:
            continue


# ---- calls


@pytest.fixture
def forged():
    """Return a good network; afterwards it still computes what it did."""
    network = Forged(PLAIN).bind()
    yield network
    assert network.call_all() == BITS


@pytest.mark.parametrize("call", ["train", "measure", "gradients", "predict"])
def test_nothing_runs_before_the_weights_are_bound(call):
    forged = Forged(PLAIN)
    gradients = {**forged.data, "seed": 1, "step": 1, "commit": False, "outputs": [], "input_gradients": []}
    arguments = {"train": forged.training, "measure": forged.rows, "gradients": gradients}
    with pytest.raises(ValueError, match=r"the weights were not bound|not a network of one input in use"):
        if call == "predict":
            forged.network.predict(forged.data["inputs"][0], forged.outputs[0])
        else:
            getattr(forged.network, call)(**arguments[call])


def test_nothing_trains_before_the_update_is_set():
    forged = Forged(PLAIN)
    forged.network.bind(forged.weights, forged.gradients)
    with pytest.raises(ValueError, match="this network has nothing to train with"):
        forged.network.train(**forged.training)


@pytest.mark.filterwarnings("ignore:.*uninitialized", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_object_that_was_not_initialised():
    network = CORE.Network32.__new__(CORE.Network32)
    with pytest.raises(TypeError):
        network.bind([], [])


NO_ITEMS = np.zeros(4, dtype=[])  # each of no bytes
BINDINGS = {
    "none": lambda W, G: ([], []),
    "too few": lambda W, G: (W[:-1], G),
    "too many": lambda W, G: ([*W, W[0]], [*G, G[0]]),
    "gradients missing": lambda W, G: (W, [None] * len(G)),
    "the last gradient missing": lambda W, G: ([A.copy() for A in W], [*G[:-1], None]),
    "no arrays": lambda W, G: ([1.0] * len(W), G),
    "text": lambda W, G: ("abcd", G),
    "another type": lambda W, G: ([A.astype("f8") for A in W], G),
    "whole numbers": lambda W, G: ([A.astype("i4") for A in W], G),
    "another byte order": lambda W, G: ([A.astype(">f4") for A in W], G),
    "another order": lambda W, G: ([np.asfortranarray(A) for A in W], G),
    "too small": lambda W, G: ([A[:1] for A in W], G),
    "too large": lambda W, G: ([np.concatenate([A, A]) for A in W], G),
    "no bytes": lambda W, G: ([NO_ITEMS] * len(W), G),
    "not aligned": lambda W, G: (
        [np.frombuffer(bytearray(A.nbytes + 1), "f4", offset=1).reshape(A.shape) for A in W],
        G,
    ),
    "bytes": lambda W, G: ([A.tobytes() for A in W], G),
    "read-only": lambda W, G: ([np.broadcast_to(A, A.shape) for A in W], G),
    "nothing": lambda W, G: (None, None),
}


@pytest.mark.parametrize("case", BINDINGS)
def test_bindings_are_refused_and_the_old_ones_stay(case, forged):
    with pytest.raises(REFUSED):
        forged.network.bind(*BINDINGS[case](forged.weights, forged.gradients))


SEGMENT = (0, 4, [2, 2], True, None, None)
UPDATES = {
    "no such optimizer": {"name": "Sgd"},
    "an option missing": {"options": {}},
    "an option twice": {"options": {"momentum": [0.0, 0.0]}},
    "a slot missing": {"options": {"momentum": [0.9]}},
    "a slot too many": {"slots": [np.zeros(4, "f4")]},
    "a slot of another size": {"options": {"momentum": [0.9]}, "slots": [np.zeros(3, "f4")]},
    "a number too many": {"numbers": [np.array([1.0])]},
    "weights of no bytes": {"theta": NO_ITEMS},
    "weights of another type": {"theta": np.zeros(4)},
    "weights that are none": {"theta": None},
    "a gradient of another size": {"gradient": np.zeros(3, "f4")},
    "an average of another size": {"average": np.zeros(3, "f4")},
    "an average without its weight": {"options": {"momentum": [0.0]}, "average": np.zeros(4, "f4")},
    "no segments": {"segments": []},
    "segments that leave some out": {"segments": [(0, 3, [3], True, None, None)]},
    "segments that overlap": {"segments": [SEGMENT, SEGMENT]},
    "a segment from behind": {"segments": [(4, 0, [], True, None, None)]},
    "a segment beyond": {"segments": [(0, LARGEST, [LARGEST], True, None, None)]},
    "axes of another size": {"segments": [(0, 4, [5], True, None, None)]},
    "axes below 0": {"segments": [(0, 4, [-2, -2], True, None, None)]},
    "a segment cut short": {"segments": [(0, 4)]},
    "a segment that is a number": {"segments": [4]},
    "a segment of texts": {"segments": [("0", "4", "22", "", "", "")]},
    "no such penalty": {"segments": [(*SEGMENT[:4], ("L3", {}), None)]},
    "a penalty without a size": {"segments": [(*SEGMENT[:4], ("L1", {}), None)]},
    "no such constraint": {"segments": [(*SEGMENT[:4], None, ("Norm", {}))]},
    "a norm along no axis": {"segments": [(*SEGMENT[:4], None, ("UnitNorm", {"axis": [9.0]}))]},
    "a norm along NaN": {"segments": [(*SEGMENT[:4], None, ("UnitNorm", {"axis": [float("nan")]}))]},
    "a norm along an axis twice": {"segments": [(*SEGMENT[:4], None, ("UnitNorm", {"axis": [0.0, 0.0]}))]},
    "no such clipping": {"clip": "hard"},
}


@pytest.mark.parametrize("case", UPDATES)
def test_updates_are_refused(case, forged):
    with pytest.raises((ValueError, TypeError)):
        forged.network.set_update(**{**forged.update, **UPDATES[case]})


FLOATS, LABELS, PREDICTED = np.zeros((N_ROWS, 3), "f4"), np.zeros(N_ROWS, "i8"), np.zeros((N_ROWS, 2), "f4")
CALLS = {
    "no inputs": {"inputs": []},
    "an input missing": {"inputs": [None]},
    "inputs too many": {"inputs": [FLOATS, FLOATS]},
    "inputs of another size": {"inputs": [FLOATS[:, :2]]},
    "inputs with columns apart": {"inputs": [np.zeros((N_ROWS, 6), "f4")[:, ::2]]},
    "inputs that are complex": {"inputs": [FLOATS.astype("c8")]},
    "inputs of half precision": {"inputs": [FLOATS.astype("f2")]},
    "inputs of extended precision": {"inputs": [FLOATS.astype("g")]},
    "inputs in another byte order": {"inputs": [FLOATS.astype(">f4")]},
    "inputs that are objects": {"inputs": [FLOATS.astype(object)]},
    "inputs that are text": {"inputs": [FLOATS.astype("U")]},
    "inputs that are times": {"inputs": [FLOATS.astype("M8[s]")]},
    "inputs of records": {"inputs": [np.zeros((N_ROWS, 3), [("a", "f4"), ("b", "f4")])]},
    "inputs of no bytes": {"inputs": [np.zeros((N_ROWS, 3), dtype=[])]},
    "inputs without axes": {"inputs": [np.float32(1.0)]},
    "inputs that are no arrays": {"inputs": [1.0]},
    "fewer inputs than targets": {"inputs": [FLOATS[:3]]},
    "no targets": {"targets": []},
    "a target missing": {"targets": [None]},
    "targets of another size": {"targets": [PREDICTED]},
    "labels below 0": {"targets": [LABELS - 1]},
    "labels beyond the classes": {"targets": [LABELS + 2]},
    "labels that overflow": {"targets": [np.full(N_ROWS, 2**64 - 1, "u8")]},
    "weights of another size": {"weights": [np.zeros((N_ROWS, 2), "f4")]},
    "no weights": {"weights": []},
    "rows below 0": {"rows": -1},
    "a first row below 0": {"first": -1},
    "more rows than there are": {"rows": N_ROWS + 1},
    "rows that overflow": {"first": LARGEST, "rows": LARGEST},
    "batches of no rows": {"batch_size": 0},
    "batches of less": {"batch_size": -(2**63)},
    "an order that names row -1": {"order": np.arange(N_ROWS) - 1},
    "an order that names the row behind the last": {"order": np.arange(N_ROWS) + 1},
    "an order that names no row": {"order": np.full(N_ROWS, LARGEST)},
    "an order too short": {"order": np.arange(N_ROWS - 1)},
    "an order of floats": {"order": np.arange(float(N_ROWS))},
    "an order of small numbers": {"order": np.arange(N_ROWS, dtype="i4")},
    "an order with gaps": {"order": np.zeros(2 * N_ROWS, "i8")[::2]},
    "an order of no bytes": {"order": np.zeros(N_ROWS, dtype=[])},
    "an order that is text": {"order": "01234"},
    "outputs too many": {"outputs": [PREDICTED, PREDICTED]},
    "outputs of another size": {"outputs": [PREDICTED[:3]]},
    "outputs of another type": {"outputs": [PREDICTED.astype("f8")]},
    "outputs that are read-only": {"outputs": [np.broadcast_to(PREDICTED, PREDICTED.shape)]},
    "outputs that are none": {"outputs": [None]},
    "sums of fewer calls": {"sums": [1.0]},
    "sums of more": {"sums": [0.0] * 6},
}
TRAINING_CALLS = {
    "a seed below 0": {"seed": -1},
    "a seed too large": {"seed": 2**64},
    "no rates": {"rates": []},
    "rates missing": {"rates": [0.1, 0.1]},
    "steps below 0": {"iterations": -1},
    "steps that overflow": {"iterations": LARGEST},
}


@pytest.mark.parametrize("case", [*CALLS, *TRAINING_CALLS])
def test_calls_are_refused(case, forged):
    change = CALLS.get(case) or TRAINING_CALLS[case]
    with pytest.raises(REFUSED):
        forged.network.train(**{**forged.training, **change})
    if case in CALLS:
        with pytest.raises(REFUSED):
            forged.network.measure(**{**forged.rows, **change})


@pytest.mark.parametrize("change", [{"batch_size": LARGEST}, {"rows": 0}, {"rows": 0, "batch_size": LARGEST}], ids=str)
@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -float("inf"), 1e300, 0.0])
def test_strange_calls_that_mean_something(change, seconds, forged):
    done, *_ = forged.network.train(**{**forged.training, "outputs": [], **change, "seconds": seconds})
    assert done == (0 if change.get("rows") == 0 else 1)


def test_an_input_that_is_missing_beside_one_that_is_there():
    slots = [([1], True, False)] * 3
    forged = Forged([False, 2, 0, slots, [("add", "layer", [0, 1], 2, {}, -1)], [2], [], [], []])
    forged.network.bind([], [])
    with pytest.raises(ValueError, match="an input is missing"):
        forged.network.measure(**{**forged.rows, "inputs": [forged.data["inputs"][0], None]})


def test_a_refused_batch_leaves_the_optimizers_number():
    forged = Forged(PLAIN, "Nadam").bind()
    number = forged.update["numbers"][0]
    with pytest.raises(IndexError, match="a label is outside"):
        forged.network.train(**{**forged.training, "targets": [LABELS + 2]})
    assert number == [1.0]
    forged.network.train(**forged.training)
    assert number != [1.0]


def test_calls_of_predict():
    forged = Forged(in_use(PLAIN))
    forged.network.bind(forged.weights, forged.gradients)
    X, Y = FLOATS + 1, np.zeros((N_ROWS, 2), "f4")
    assert forged.network.predict(X, Y)
    expected = Y.tobytes()
    for other in (X.astype("f8"), X[:, :2], X[::2].T, X[:0], X[0], X.astype(">f4"), X * np.float32("nan"), NO_ITEMS):
        assert not forged.network.predict(other, Y)
    for output in (Y[:3], Y.astype("f8"), np.broadcast_to(Y, Y.shape), np.zeros((N_ROWS, 4), "f4")[:, ::2], None, 1):
        with pytest.raises((ValueError, TypeError)):
            forged.network.predict(X, output)
    assert forged.network.predict(X, Y) and Y.tobytes() == expected


@pytest.mark.parametrize(
    "order", [np.zeros(3), np.zeros(3, "i4"), np.zeros(6, "i8")[::2], NO_ITEMS, b"12345678", None, 3]
)
def test_orders_that_can_not_be_written(order):
    with pytest.raises((ValueError, TypeError)):
        CORE.permute(order, 1, 0, 0)


def test_an_order_of_no_rows():
    CORE.permute(np.zeros(0, "i8"), 1, 0, 0)


@pytest.mark.parametrize("threads", [2**31, "two", None, 1.5])
def test_counts_of_threads_that_are_none(threads):
    with pytest.raises(TypeError):
        CORE.set_max_threads(threads)


# ---- memory

FEW_BYTES = 2 << 30  # what the process below may take
PROGRAM = """
import resource, sys
import numpy as np
from chainrule.engines import core
resource.setrlimit(resource.RLIMIT_AS, ({bytes}, {bytes}))
SIZE = {size}
# One number a row is stretched to many, in memory of the core's own; the last step keeps all rows of the batch.
slots = [([1, 1], True, False), *[([1], False, False)] * 4, ([SIZE, 1], True, False), ([SIZE, 1], True, False)]
steps = [("add", "large", [0, 0], 5, {{}}, -1), ("batch_normalise", "norm", [5, 1, 2, 3, 4], 6, {{}}, -1)]
network = core.load().Network32(False, 1, 4, slots, steps, [6], [], [], [])
network.bind([np.ones(1, "f4") for _ in range(4)], [None] * 4)

def run(rows):
    X, none = np.broadcast_to(np.ones((1, 1, 1), "f4"), (rows, 1, 1)), []
    Y = [np.zeros((rows, SIZE, 1), "f4")] if rows < 5 else []
    network.measure([X], none, none, None, 0, rows, rows, 1.0, Y, none)
    return Y[0].tobytes()

before = run(2)
for rows in {rows}:
    try:
        run(rows)
    except {refused} as error:
        print(type(error).__name__, error)
    assert run(2) == before
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is Linux's")
@pytest.mark.parametrize(
    ("size", "rows", "refused"),
    [(2**14, 2**36, "ValueError"), (2**14, 2**49, "ValueError"), (2**14, 2**26, "MemoryError")],
)
def test_batches_that_need_too_much_memory(size, rows, refused):
    code = PROGRAM.format(bytes=FEW_BYTES, size=size, rows=[rows, rows - 1], refused=refused)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    words = {"ValueError": "ValueError a batch needs too much memory", "MemoryError": "MemoryError std::bad_alloc"}
    assert told.stdout.splitlines() == [words[refused]] * 2
