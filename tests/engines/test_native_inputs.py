"""Arrays of every kind on the native engine: their numbers count, not how they lie, and they are never changed.

Small arrays are converted by NumPy, large and memory-mapped ones row by row in the core; each case is tried both ways.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.layers import BatchNormalization, Dense, Embedding, Flatten, LayerNormalization, PReLU
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam
from chainrule.training import batches, feeds

N_ROWS, N_COLUMNS = 41, 5
rng = np.random.default_rng(3)
WHOLE = rng.integers(0, 100, size=(N_ROWS, N_COLUMNS))
SIGNED = WHOLE - 50
FRACTIONS = rng.normal(size=(N_ROWS, N_COLUMNS))
TARGETS = rng.normal(size=(N_ROWS, 2))
NUMBERS = {
    **{kind: FRACTIONS.astype(kind) for kind in ("float16", "float32", "float64", ">f2", ">f4", ">f8")},
    **{kind: SIGNED.astype(kind) for kind in ("int8", "int16", "int32", "int64", ">i2", ">i4", ">i8")},
    **{kind: WHOLE.astype(kind) for kind in ("uint8", "uint16", "uint32", "uint64", ">u4")},
    "bool": WHOLE > 50,
    "list": FRACTIONS.tolist(),
    "list of arrays": list(FRACTIONS),
}


def spaced(A: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return an array's numbers as a view of a larger one, in which they don't lie side by side."""
    wide = np.zeros((len(A) * rows, A.shape[1] * columns), A.dtype)
    wide[::rows, ::columns] = A
    return wide[::rows, ::columns]


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "rows apart": lambda A: spaced(A, 3, 1),
    "columns apart": lambda A: spaced(A, 1, 2),
    "both apart": lambda A: spaced(A, 2, 2),
    "part of wider rows": lambda A: np.concatenate([A, A], axis=1)[:, A.shape[1] :],
    "rows backwards": lambda A: A[::-1].copy()[::-1],
    "all backwards": lambda A: A[::-1, ::-1].copy()[::-1, ::-1],
    "one row again and again": lambda A: np.broadcast_to(A[:1], A.shape),
    "not aligned": lambda A: np.frombuffer(b"x" + A.tobytes(), A.dtype, offset=1).reshape(A.shape),
}


@pytest.fixture(params=["converted whole", "read where they are", "in pieces"])
def way(request, monkeypatch):
    """Let arrays be taken for large ones, though they are small."""
    if request.param != "converted whole":
        monkeypatch.setattr(batches, "WHOLE_BYTES", 0)
        monkeypatch.setattr(feeds, "PIECE_BYTES", 1)
    if request.param == "in pieces":
        monkeypatch.setattr(feeds, "WHOLE_BYTES", 0)


def everything_of(x, y, dtype: str, layers=None, sample_weight=None) -> tuple[list[np.ndarray], list[float]]:
    """Return weights and predictions after training, and the sums over rows: losses and metrics."""
    layers = layers or [Dense(6, activation="tanh", input_dim=N_COLUMNS)]
    model = Sequential([*layers, Dense(2)], seed=1, dtype=dtype)
    model.compile(Adam(0.01), "mse", metrics=["mae", "r2_score"], engine="native")
    history = model.fit(x, y, batch_size=8, epochs=3, verbose=0, sample_weight=sample_weight, validation_split=0.2)
    sums = [number for series in history.history.values() for number in series]
    sums.extend(model.evaluate(x, y, verbose=0))
    return [*model.get_weights(), model.predict(x, verbose=0)], sums


def hold_bits(found, expected) -> None:
    """Hold weights and predictions together to the bit; sums are taken piece by piece, and may round differently."""
    assert all(A.tobytes() == B.tobytes() for A, B in zip(found[0], expected[0], strict=True))
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NUMBERS)
def test_types(kind, dtype, way):
    X = NUMBERS[kind]
    plain = np.array(X, dtype)
    if isinstance(X, np.ndarray):
        X.flags.writeable = False
    hold_bits(everything_of(X, TARGETS, dtype), everything_of(plain, TARGETS, dtype))
    assert np.array_equal(np.array(X, dtype), plain)


@pytest.mark.filterwarnings("ignore:5 columns of x are constant")
@pytest.mark.parametrize("own", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, own, way):
    A = LAYOUTS[layout](NUMBERS[own])
    A.flags.writeable = False
    plain = np.array(A, "float32")
    hold_bits(everything_of(A, TARGETS, "float32"), everything_of(plain, TARGETS, "float32"))


@pytest.mark.parametrize("mode", ["r", "c"])
@pytest.mark.parametrize("kind", ["uint8", "float32", "float64", ">f4", "int32"])
def test_memory_mapped_files(kind, mode, tmp_path, way):
    path = tmp_path / "numbers.npy"
    np.save(path, NUMBERS[kind])
    before = path.read_bytes()
    mapped = np.load(path, mmap_mode=mode)
    hold_bits(everything_of(mapped, TARGETS, "float32"), everything_of(np.array(mapped, "f4"), TARGETS, "float32"))
    assert path.read_bytes() == before and np.array_equal(mapped, NUMBERS[kind])


@pytest.mark.parametrize(
    "change", [*LAYOUTS.values(), lambda A: A.astype("f2"), lambda A: A.astype(">f8"), np.ndarray.tolist]
)
def test_targets_and_weights(change, way):
    weights = np.abs(FRACTIONS[:, :1]).astype("f4")
    Y, W = change(TARGETS.astype("f4")), change(weights)
    found = everything_of(FRACTIONS, Y, "float32", sample_weight=W)
    hold_bits(found, everything_of(FRACTIONS, np.array(Y, "f4"), "float32", sample_weight=np.array(W, "f4")[:, 0]))


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", ">i4", "uint64", "float32", "float64", "columns apart"])
def test_indices(kind, way):
    def layers():
        return [Embedding(100, 3, input_length=N_COLUMNS), Flatten(), Dense(4)]

    I = spaced(WHOLE, 2, 3) if kind == "columns apart" else WHOLE.astype(kind)  # noqa: E741
    I.flags.writeable = False
    hold_bits(everything_of(I, TARGETS, "float32", layers()), everything_of(WHOLE, TARGETS, "float32", layers()))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (7, 1), (2, 2), (31, 13)])
@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_few_rows_and_columns(rows, columns, batch_size, hold_training):
    def make(dtype):
        return Sequential([Dense(3, activation="relu", input_dim=columns), Dense(1)], seed=2, dtype=dtype)

    X, y = np.random.default_rng(4).normal(size=(rows, columns)), np.random.default_rng(5).normal(size=rows)
    hold_training(
        make, lambda: {"optimizer": SGD(0.01), "loss": "mse", "metrics": ["mae"]}, X, y, batch_size=batch_size
    )


# ---- a row's prediction depends on that row alone


def network(dtype: str) -> Sequential:
    layers = [
        Dense(37, activation="gelu", input_dim=N_COLUMNS),
        BatchNormalization(),
        Dense(19, activation="tanh"),
        LayerNormalization(),
        PReLU(),
        Dense(8, activation="sigmoid"),
        Dense(5, activation="softmax"),
    ]
    model = Sequential(layers, seed=8, dtype=dtype)
    model.compile("adam", "mse", engine="native")
    return model


NETWORKS = {dtype: network(dtype) for dtype in ("float32", "float64")}
MANY = np.random.default_rng(9).normal(size=(2500, N_COLUMNS))


@settings(max_examples=25)
@given(st.data(), st.sampled_from(sorted(NETWORKS)), st.integers(1, 90), st.integers(1, 100))
def test_rows_do_not_see_each_other(data, dtype, n_rows, batch_size):
    model, X = NETWORKS[dtype], MANY[:n_rows].astype(dtype)
    Y = model.predict(X, batch_size=batch_size, verbose=0)
    assert model.predictor is not None and Y.dtype == dtype
    i = data.draw(st.integers(0, n_rows - 1))
    j = data.draw(st.integers(i + 1, n_rows))
    order = np.array(data.draw(st.permutations(range(n_rows))))
    assert np.array_equal(model.predict(X[[i]], verbose=0), Y[[i]])
    assert np.array_equal(model.predict(X[i:j], verbose=0), Y[i:j])
    assert np.array_equal(model.predict(X[order], verbose=0), Y[order])
    assert np.array_equal(model(X), Y) and np.array_equal(model.predict_on_batch(X), Y)


@pytest.mark.parametrize("dtype", sorted(NETWORKS))
def test_many_rows_one_by_one(dtype, close):
    model, X = NETWORKS[dtype], MANY.astype(dtype)
    Y = model.predict(X, verbose=0)
    alone = np.concatenate([model.predict(X[row : row + 1], verbose=0) for row in range(0, len(X), 7)])
    assert np.array_equal(alone, Y[::7])
    expected = model.inference_engine.outputs(model.inference_engine.forward([X]))[0]
    close(Y, expected, dtype)
