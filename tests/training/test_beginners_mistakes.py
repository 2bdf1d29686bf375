"""Every row of the tables of beginners' mistakes: refused with one sentence, accepted, or accepted with one warning."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from chainrule.errors import ArgumentError, ChainruleError, DataError, NotReadyError, ShapeError
from chainrule.layers import Activation, Dense, Dropout, Embedding, Flatten, ReLU, Reshape, Softmax
from chainrule.losses import BinaryCrossentropy, CategoricalCrossentropy
from chainrule.models import Sequential
from chainrule.optimizers import SGD

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 8))
Y = np.array([0, 1, 0, 1, 1, 0])
CLASSES = np.array([0, 1, 2, 0, 1, 2])
NAN, INF = X.copy(), X.copy()
NAN[4, 2], INF[1, 7] = np.nan, -np.inf


def network(units=1, activation="sigmoid", loss="binary_crossentropy", **options):
    model = Sequential(
        [Dense(4, input_dim=8, activation="relu", name="hidden"), Dense(units, activation, name="last")], seed=1
    )
    model.compile(options.pop("optimizer", "sgd"), loss, **options)
    return model


def fit(x, y, units=1, activation="sigmoid", loss="binary_crossentropy", **options):
    return lambda: network(units, activation, loss).fit(x, y, verbose=0, **options)


def embedding():
    model = Sequential([Embedding(5, 2, input_length=2, name="words"), Flatten(), Dense(1)], seed=1)
    model.compile("sgd", "mse")
    return model


THREE = {"units": 3, "activation": "softmax"}

REFUSED = {
    "7 columns": (
        fit(X[:, :7], Y),
        ShapeError,
        "Layer 'hidden' expects 8 columns, and x has 7: x has shape (6, 7). Give it 8 columns, or build the model "
        "with input_dim=7.",
    ),
    "7 columns, predict": (
        lambda: network().predict(X[:, :7]),
        ShapeError,
        "Layer 'hidden' expects 8 columns, and x has 7",
    ),
    "one row": (
        lambda: network().predict(X[0]),
        ShapeError,
        "Layer 'hidden' expects a batch of rows of shape (8,), and x is one such row: write x[None] to make it a "
        "batch of one.",
    ),
    "images": (
        fit(np.zeros((6, 2, 4)), Y),
        ShapeError,
        "Layer 'hidden' expects x of shape (n, 8); received (6, 2, 4). Reshape x, or build the model with "
        "input_shape=(2, 4).",
    ),
    "integer labels": (
        fit(X, CLASSES, loss="categorical_crossentropy", **THREE),
        ShapeError,
        "Output 'last': the targets y have shape (6,), but categorical_crossentropy expects one column for each of "
        "the 3 classes, "
        "shape (6, 3): for class labels use loss='sparse_categorical_crossentropy', or y = utils.to_categorical(y, 3).",
    ),
    "one-hot rows to the sparse loss": (
        fit(X, np.eye(3)[CLASSES], loss="sparse_categorical_crossentropy", **THREE),
        ShapeError,
        "use loss='categorical_crossentropy', or y = y.argmax(axis=-1)",
    ),
    "string labels": (
        fit(X, ["no", "yes"] * 3),
        DataError,
        "y holds text ('no', 'yes'), and a network takes numbers: number the classes first: "
        "classes, y = np.unique(labels, return_inverse=True).",
    ),
    "string x": (
        fit([["a"] * 8] * 6, Y),
        DataError,
        "x holds text ('a'), and a network takes numbers: turn text into numbers first.",
    ),
    "NaN in x": (fit(NAN, Y), DataError, "x holds NaN at row 4, column 2. Fill missing values in or drop those rows"),
    "infinity in x": (fit(INF, Y), DataError, "x holds infinity at row 1, column 7."),
    "NaN, predict": (lambda: network().predict(NAN), DataError, "x holds NaN at row 4, column 2."),
    "NaN, evaluate": (lambda: network().evaluate(NAN, Y), DataError, "x holds NaN at row 4, column 2."),
    "None in x": (
        fit([[None] * 8] * 6, Y),
        DataError,
        "x has a missing value (None) at row 0, column 0; fill it in or drop the row.",
    ),
    "too large": (fit(X * 1e300, Y), DataError, "too large for float32: scale x down, or use float64."),
    "NaN in y": (
        fit(X, np.where(Y == 1, np.nan, 0)),
        DataError,
        "Output 'last': the targets y hold nan in row 1, column 0, which no loss can learn: leave such rows out, or "
        "fill them in.",
    ),
    "labels 1 and 2": (
        fit(X, Y + 1),
        DataError,
        "Output 'last': the targets y hold 2 in row 1, column 0, but binary_crossentropy expects numbers from 0 to "
        "1: labels 1 and 2 become 0 and 1 when you subtract 1 (y - 1).",
    ),
    "a label out of range": (
        fit(X, CLASSES + 1, loss="sparse_categorical_crossentropy", **THREE),
        DataError,
        "Output 'last': the targets y hold 3 in row 2, but the loss expects labels from 0 to 2, as the output has 3 "
        "units: labels that count from 1 start at 0 when you subtract 1 (y - 1).",
    ),
    "y (n, 3) for (n, 1)": (
        fit(X, np.zeros((6, 3)), loss="mse"),
        ShapeError,
        "Output 'last': the targets y have shape (6, 3), but the output has shape (6, 1): give y 1 column, or the "
        "last layer 3 units.",
    ),
    "y (n, 1) for (n, 3)": (
        fit(X, np.zeros((6, 1)), 3, None, "mse"),
        ShapeError,
        "y have shape (6, 1), but the output has shape (6, 3)",
    ),
    "y (n,) for (n, 3)": (
        fit(X, np.zeros(6), 3, None, "mse"),
        ShapeError,
        "y have shape (6,), but the output has shape (6, 3)",
    ),
    "y (1, n)": (
        fit(X, Y[None]),
        ShapeError,
        "x and y have different numbers of rows: 6 in x, 1 in y; give one row of y for each row of x.",
    ),
    "different length": (fit(X, Y[:5]), ShapeError, "x and y have different numbers of rows: 6 in x, 5 in y"),
    "empty": (fit(X[:0], Y[:0]), DataError, "x is empty: it has no rows."),
    "no y": (fit(X, None), ArgumentError, "fit needs targets to compare the outputs with: fit(x, y). Received y=None."),
    "no x": (fit(None, None), ArgumentError, "fit needs data: fit(x, y). Received x=None."),
    "a number for x": (
        lambda: network().predict(3.0),
        DataError,
        "x must be an array with one row per sample; received the single value 3.0",
    ),
    "rows of different lengths": (fit([[1.0], [1.0, 2.0]], Y[:2]), DataError, "x has rows of different lengths"),
    "complex x": (fit(X * 1j, Y), DataError, "x must hold numbers; received dtype complex128."),
    "misspelt activation": (
        lambda: Dense(3, activation="rellu"),
        ArgumentError,
        "no activation named 'rellu'. Did you mean 'relu'?",
    ),
    "misspelt loss": (lambda: network(loss="binary_crosentropy"), ArgumentError, "Did you mean 'binary_crossentropy'?"),
    "misspelt optimizer": (
        lambda: network(optimizer="adm"),
        ArgumentError,
        "no optimizer named 'adm'. Did you mean 'adam'?",
    ),
    "misspelt metric": (
        lambda: network(metrics=["acuracy"]),
        ArgumentError,
        "no metric named 'acuracy'. Did you mean 'accuracy'?",
    ),
    "misspelt initializer": (
        lambda: Dense(3, kernel_initializer="glorot_unifrom"),
        ArgumentError,
        "no initializer named 'glorot_unifrom'. Did you mean 'glorot_uniform'?",
    ),
    "misspelt layer": (
        lambda: network().get_layer("hiden"),
        ArgumentError,
        "no layer named 'hiden'. Did you mean 'hidden'?",
    ),
    "misspelt argument of a layer": (lambda: Dense(3, activaton="relu"), ArgumentError, "Did you mean 'activation'?"),
    "misspelt argument of fit": (
        fit(X, Y, epoch=3),
        ArgumentError,
        "fit has no argument 'epoch'. Did you mean 'epochs'?",
    ),
    "misspelt argument of compile": (
        lambda: network(metric=["mae"]),
        ArgumentError,
        "compile has no argument 'metric'. Did you mean 'metrics'?",
    ),
    "metrics as a word": (
        lambda: network(metrics="mae"),
        ArgumentError,
        "metrics is a list, such as ['accuracy']; received 'mae': write metrics=['mae'].",
    ),
    "a function as loss": (
        lambda: network(loss=lambda t, p: 0),
        ArgumentError,
        "A plain function can't be a loss here, since it has no gradient",
    ),
    "a negative learning rate": (
        lambda: SGD(-0.1),
        ArgumentError,
        "SGD's learning_rate is a number of at least 0; received -0.1.",
    ),
    "a batch of 0": (fit(X, Y, batch_size=0), ArgumentError, "batch_size is a whole number above 0; received 0."),
    "a batch of 2.5": (fit(X, Y, batch_size=2.5), ArgumentError, "batch_size is a whole number above 0; received 2.5."),
    "epochs of -1": (fit(X, Y, epochs=-1), ArgumentError, "epochs is a whole number of 0 or more; received -1."),
    "epochs of '5'": (fit(X, Y, epochs="5"), ArgumentError, "epochs is a whole number of 0 or more; received '5'."),
    "an index that an Embedding has no row for": (
        lambda: embedding().fit([[0, 1], [2, 3], [4, 5], [0, 0]], [0, 1, 0, 1], verbose=0),
        DataError,
        "Layer 'words' has input_dim=5 and takes indices from 0 to 4; received 5 in x at row 2, column 1: number the "
        "words or categories from 0, or give the layer a larger input_dim.",
    ),
    "a negative index": (lambda: embedding().predict([[0, 1], [2, -1]]), DataError, "received -1 in x at row 1, col"),
    "dropout of 1.5": (lambda: Dropout(1.5), ArgumentError, "Dropout's rate is a number from 0 to 1"),
    "fit before compile": (
        lambda: Sequential([Dense(1, input_dim=8)]).fit(X, Y),
        NotReadyError,
        "fit needs a loss and an optimizer: call model.compile(optimizer='adam', loss=…) first, for example "
        "loss='mse'.",
    ),
    "fit without loss": (
        lambda: network(loss=None).fit(X, Y),
        NotReadyError,
        "fit needs a loss: call model.compile(loss=…) first",
    ),
    "evaluate before compile": (
        lambda: Sequential([Dense(1, input_dim=8)]).evaluate(X, Y),
        NotReadyError,
        "evaluate needs a loss and an optimizer",
    ),
    "predict before the shape is known": (
        lambda: Sequential([Dense(1)]).predict(X),
        NotReadyError,
        "Model 'sequential' is not built, since its input shape is not known: start it with Input(shape=(8,)), give "
        "the first layer input_dim=8, or call fit.",
    ),
    "binary_step in training": (
        fit(X, Y, activation="binary_step", loss="mse"),
        ChainruleError,
        "Layer 'last' can't be trained:",
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_refused(mistake):
    action, kind, sentence = REFUSED[mistake]
    with pytest.raises(kind, match=re.escape(sentence)):
        action()


@pytest.mark.parametrize("mistake", ["NaN in x", "NaN in y", "labels 1 and 2", "7 columns", "y (n, 3) for (n, 1)"])
def test_nothing_is_trained_before_a_mistake_in_the_last_batch_is_found(mistake, monkeypatch):
    made = []
    original = network
    monkeypatch.setitem(globals(), "network", lambda *args, **kw: made.append(original(*args, **kw)) or made[-1])
    with pytest.raises(ChainruleError):
        REFUSED[mistake][0]()
    for a, b in zip(made[0].get_weights(), original().get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def accepted():
    whole = rng.integers(0, 5, size=(6, 8))
    read_only = whole.astype("f")
    read_only.flags.writeable = False
    return {
        "float64": whole.astype(float),
        "float16": whole.astype(np.float16),
        "int": whole,
        "uint8": whole.astype(np.uint8),
        "big-endian": whole.astype(">f4"),
        "list": whole.tolist(),
        "tuple of tuples": tuple(map(tuple, whole.tolist())),
        "Fortran": np.asfortranarray(whole, dtype="f"),
        "read-only": read_only,
        "strided": np.repeat(whole, 2, axis=1)[:, ::2].astype("f"),
        "reversed": whole[::-1][::-1],
        "objects": whole.astype(object),
        "list of rows": [row.astype("f") for row in whole],
        "float32": whole.astype("f"),
    }


@pytest.mark.parametrize("form", list(accepted()))
def test_accepted_and_equal_to_float32(form):
    forms = accepted()
    x, kept = forms[form], np.array(forms[form])
    model, same = network(), network()
    model.fit(x, Y, epochs=2, batch_size=4, verbose=0)
    same.fit(np.array(x, "f"), Y, epochs=2, batch_size=4, verbose=0)
    assert model.predict(x).dtype == np.float32
    np.testing.assert_array_equal(model.predict(x), same.predict(np.array(x, "f")))
    np.testing.assert_array_equal(np.array(x), kept)


def test_bool_input_is_0_and_1():
    model = network()
    np.testing.assert_array_equal(model.predict(X > 0), model.predict((X > 0).astype("f")))


@pytest.mark.parametrize(
    "y", [Y, Y[:, None], Y.astype(bool), Y.tolist(), Y.astype(np.uint8), Y.astype("f"), [[v] for v in Y]]
)
def test_y_of_one_unit_in_all_its_forms(y):
    model, same = network(), network()
    model.fit(X, y, verbose=0)
    same.fit(X, Y.astype("f")[:, None], verbose=0)
    np.testing.assert_array_equal(model.predict(X), same.predict(X))


CONSTANT = X.copy()
CONSTANT[:, 3] = 2.5
SORTED = np.sort(Y)

WARNED = {
    "softmax on one unit": (
        lambda: network(1, "softmax", "mse"),
        "Layer 'last': softmax on one unit is always 1, so nothing can be learnt; use 'sigmoid', or two units.",
    ),
    "softmax twice": (
        lambda: Sequential([Dense(3, "softmax", input_dim=8, name="last"), Activation("softmax")]).compile(
            "sgd", "categorical_crossentropy"
        ),
        "softmax is applied twice, in layers 'last' and 'activation': drop one.",
    ),
    "a layer Softmax after softmax": (
        lambda: Sequential([Dense(3, "softmax", input_dim=8, name="last"), Softmax()]).compile(
            "sgd", "categorical_crossentropy"
        ),
        "softmax is applied twice, in layers 'last' and 'softmax': drop one.",
    ),
    "logits after a layer Softmax": (
        lambda: Sequential([Dense(3, input_dim=8), Softmax()]).compile("sgd", CategoricalCrossentropy(True)),
        "Layer 'softmax' ends in softmax, and CategoricalCrossentropy(from_logits=True) applies it again",
    ),
    "sigmoid twice": (
        lambda: Sequential([Dense(1, "sigmoid", input_dim=8, name="last"), Activation("sigmoid")]).compile(
            "sgd", "mse"
        ),
        "sigmoid is applied twice, in layers 'last' and 'activation': drop one.",
    ),
    "logits after softmax": (
        lambda: network(3, "softmax", CategoricalCrossentropy(from_logits=True)),
        "Layer 'last' ends in softmax, and CategoricalCrossentropy(from_logits=True) applies it again: drop the "
        "activation or from_logits.",
    ),
    "logits after sigmoid": (lambda: network(1, "sigmoid", BinaryCrossentropy(from_logits=True)), "ends in sigmoid"),
    "softmax with binary_crossentropy": (lambda: network(3, "softmax"), "softmax goes with categorical_crossentropy"),
    "probabilities after nothing": (
        lambda: network(3, None, "sparse_categorical_crossentropy"),
        "Layer 'last' ends in linear, and SparseCategoricalCrossentropy takes probabilities: give it "
        "activation='softmax', or the loss from_logits=True: loss=SparseCategoricalCrossentropy(from_logits=True).",
    ),
    "classes after sigmoid": (
        lambda: network(3, "sigmoid", "categorical_crossentropy"),
        "Layer 'last' ends in sigmoid, and CategoricalCrossentropy takes probabilities: give it activation='softmax'.",
    ),
    "yes or no after a layer ReLU": (
        lambda: Sequential([Dense(1, input_dim=8), ReLU(name="last")]).compile("sgd", "binary_crossentropy"),
        "Layer 'last' ends in relu, and BinaryCrossentropy takes probabilities: give it activation='sigmoid'.",
    ),
    "one class only": (
        fit(X, np.ones(6)),
        "All labels are 1: with one class only, the network learns to answer it always.",
    ),
    "a constant column": (
        fit(CONSTANT, Y, epochs=3),
        "Column 3 of x is constant (2.5), so layer 'hidden' can learn nothing from it",
    ),
    "a constant column of ints": (
        fit(np.where(np.arange(8) == 1, 0, 1 + np.arange(48).reshape(6, 8)), Y),
        "Column 1 of x is constant (0)",
    ),
    "constant columns": (
        fit(np.where(np.arange(8) % 2, X, 0), Y),
        "4 columns of x are constant (0, 2, 4, …), so layer 'hidden' can learn nothing from them that a bias would "
        "not give: drop them.",
    ),
    "sorted labels": (
        fit(X, SORTED, shuffle=False, batch_size=2, epochs=3),
        "The labels are sorted and shuffle=False, so most batches see one class only: shuffle the rows, or leave "
        "shuffle=True.",
    ),
}


@pytest.mark.parametrize("mistake", WARNED)
def test_accepted_with_one_warning_at_the_users_line(mistake):
    action, sentence = WARNED[mistake]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    assert len(caught) == 1, [str(one.message) for one in caught]
    assert sentence in str(caught[0].message) and caught[0].filename == __file__


@pytest.mark.parametrize(
    "action",
    [
        fit(X, SORTED, batch_size=2),
        fit(X, SORTED, shuffle=False),  # one batch sees all
        fit(CONSTANT[:1], Y[:1]),
        fit(X, np.full(6, 0.5), loss="mse"),
        fit(X, np.zeros((6, 2)), units=2),
        lambda: network(3, "softmax", "categorical_crossentropy"),
        lambda: network(1, None, BinaryCrossentropy(from_logits=True)),
        lambda: network(1, "hard_sigmoid", "binary_crossentropy"),
        lambda: Sequential([Dense(4, "softmax", input_dim=8), Reshape((4,))]).compile("sgd", "cce"),
    ],
    ids=[
        "shuffled",
        "one batch",
        "one row",
        "regression",
        "two questions",
        "softmax",
        "logits",
        "hard sigmoid",
        "shaped",
    ],
)
def test_no_warning_where_nothing_is_wrong(action):
    action()  # warnings are errors
