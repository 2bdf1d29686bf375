"""What users hand over: data frames, memory-mapped files, dicts, missing values; and what is read of it when."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import DataError, ShapeError
from chainrule.layers import Dense, Embedding, Flatten
from chainrule.models import Sequential
from chainrule.training import batches

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)).astype("f"), rng.integers(0, 2, 12)


def network(**options):
    model = Sequential([Dense(1, "sigmoid", input_dim=3, name="d")], seed=1, **options)
    model.compile("sgd", "binary_crossentropy")
    return model


def trained(x, y, **options):
    model = network()
    model.fit(x, y, epochs=2, batch_size=5, verbose=0, **options)
    return model.get_weights()[0]


EXPECTED = trained(X, Y)


def frames(library):
    columns = {name: X[:, number] for number, name in enumerate(["age", "mass", "dose"])}
    if library == "pandas":
        pd = pytest.importorskip("pandas")
        return pd.DataFrame(columns), pd.Series(Y)
    if library == "polars":
        pl = pytest.importorskip("polars")
        return pl.DataFrame(columns), pl.Series("y", Y)
    pa = pytest.importorskip("pyarrow")
    return pa.table(columns), pa.chunked_array([Y])


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_and_series(library):
    frame, series = frames(library)
    np.testing.assert_array_equal(trained(frame, series), EXPECTED)
    np.testing.assert_array_equal(trained(frame, Y, validation_data=(frame, series)), EXPECTED)
    model = Sequential([Dense(1, "sigmoid")], seed=1)  # built from the frame
    model.compile("sgd", "mse")
    model.fit(frame, series, verbose=0)
    np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    np.testing.assert_array_equal(model.evaluate(frame, series), model.evaluate(X, Y))


def test_a_frame_of_one_column_as_y():
    pd = pytest.importorskip("pandas")
    np.testing.assert_array_equal(trained(X, pd.DataFrame({"y": Y})), EXPECTED)


def test_a_frame_of_bools_and_numbers():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": Y > 0, "b": X[:, 1], "c": Y})
    np.testing.assert_array_equal(network().predict(frame), network().predict(np.stack([Y, X[:, 1], Y], 1)))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_missing_values_are_named_by_row_and_column(library):
    frame, _ = frames(library)
    if library == "pandas":
        frame.loc[7, "mass"] = np.nan
    elif library == "polars":
        import polars as pl

        frame = frame.with_columns(pl.Series("mass", [None if row == 7 else float(v) for row, v in enumerate(X[:, 1])]))
    else:
        import pyarrow as pa

        frame = frame.set_column(1, "mass", pa.array([None if row == 7 else float(v) for row, v in enumerate(X[:, 1])]))
    with pytest.raises(DataError, match=r"x holds NaN at row 7, column 1 \('mass'\)"):
        trained(frame, Y)


def test_pandas_na_is_a_missing_value():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": X[:, 0], "b": pd.array([1, None] * 6, dtype="Int64"), "c": X[:, 2]})
    with pytest.raises(DataError, match=r"x (holds NaN|has a missing value \(<NA>\)) at row 1, column 1"):
        trained(frame, Y)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_column_of_text_is_named(library):
    if library == "pandas":
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame({"age": X[:, 0], "sex": ["m", "f"] * 6, "c": Y})
    elif library == "polars":
        pl = pytest.importorskip("polars")
        frame = pl.DataFrame({"age": X[:, 0], "sex": ["m", "f"] * 6, "c": Y})
    else:
        pa = pytest.importorskip("pyarrow")
        frame = pa.table({"age": X[:, 0], "sex": ["m", "f"] * 6, "c": Y})
    with pytest.raises(DataError, match=r"Column 'sex' holds .*, not numbers. Drop it, or turn it into numbers first"):
        trained(frame, Y)


def test_a_series_of_text_as_y():
    pd = pytest.importorskip("pandas")
    with pytest.raises(DataError, match=r"y holds text \('m', 'f'\)"):
        trained(X, pd.Series(["m", "f"] * 6))


def test_a_constant_column_of_a_frame_is_named():
    pd = pytest.importorskip("pandas")
    with pytest.warns(UserWarning, match=r"Column 1 \('b'\) of x is constant"):
        trained(pd.DataFrame({"a": X[:, 0], "b": np.ones(12), "c": X[:, 2]}), Y)


def test_a_tensor_with_array_protocol():
    torch = pytest.importorskip("torch")
    np.testing.assert_array_equal(trained(torch.tensor(X), torch.tensor(Y)), EXPECTED)


def test_dict_and_list_of_one_input():
    np.testing.assert_array_equal(trained({"input": X}, {"d": Y}), EXPECTED)
    np.testing.assert_array_equal(trained([X], Y), EXPECTED)
    with pytest.raises(DataError, match=r"x has no entry 'input'; .*received \['x'\]"):
        trained({"x": X}, Y)


def on_disk(tmp_path, array):
    path = tmp_path / "x.bin"
    array.tofile(path)
    return np.memmap(path, dtype=array.dtype, mode="r", shape=array.shape)


def test_a_memory_mapped_file_is_read_batch_by_batch(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_ENGINE", "reference")  # the native engine reads in pieces, and then where they are
    reads = []
    original = batches.ArraySource.batch

    def batch(self, rows, size, check):
        reads.append(size)
        return original(self, rows, size, check)

    monkeypatch.setattr(batches.ArraySource, "batch", batch)
    x = on_disk(tmp_path, X)
    expected = trained(X, Y)
    reads.clear()
    np.testing.assert_array_equal(trained(x, Y), expected)
    assert reads == [5, 5, 2] * 2
    reads.clear()
    np.testing.assert_array_equal(network().predict(np.asarray(x), batch_size=8), network().predict(X, batch_size=8))
    assert reads[:2] == [8, 4]


def test_what_lies_on_disk_is_known_through_views(tmp_path):
    x = on_disk(tmp_path, X)
    assert all(map(batches.on_disk, (x, x[2:], np.asarray(x), x.reshape(-1, 1)))) and not batches.on_disk(X)


@pytest.mark.parametrize("order", [True, False])
@pytest.mark.parametrize("held", [0.0, 0.25])
def test_batch_by_batch_is_the_same_bits_as_the_whole(monkeypatch, order, held):
    whole, predicted = trained(X, Y, shuffle=order, validation_split=held), network().predict(X, batch_size=5)
    monkeypatch.setattr(batches, "WHOLE_BYTES", 0)
    np.testing.assert_array_equal(trained(X, Y, shuffle=order, validation_split=held), whole)
    np.testing.assert_array_equal(network().predict(X, batch_size=5), predicted)


def test_the_batch_size_changes_a_prediction_by_rounding_at_most():
    # BLAS adds in an order that depends on the number of rows, so not to the bit.
    model = network(dtype="float64")
    np.testing.assert_allclose(model.predict(X, batch_size=5), model.predict(X), rtol=1e-14)


def test_batch_by_batch_names_the_users_row(monkeypatch):
    monkeypatch.setattr(batches, "WHOLE_BYTES", 0)
    x = X.copy()
    x[7, 1] = np.nan
    with pytest.raises(DataError, match="x holds NaN at row 7, column 1"):
        trained(x, Y)
    with pytest.raises(DataError, match="hold 2 in row 9"):
        trained(X, np.where(np.arange(12) == 9, 2, Y))
    with pytest.raises(DataError, match="x holds NaN at row 7, column 1"):
        network().predict(x, batch_size=4)


def test_rows_that_a_short_epoch_left_out_are_looked_at_later(monkeypatch):
    monkeypatch.setattr(batches, "WHOLE_BYTES", 0)
    x = X.copy()
    x[11] = np.inf
    model = network()
    model.fit(x, Y, batch_size=4, steps_per_epoch=2, shuffle=False, epochs=3, verbose=0)
    with pytest.raises(DataError, match="x holds infinity at row 11"):
        model.fit(x, Y, batch_size=4, shuffle=False, verbose=0)


def test_embedding_takes_whole_numbers():
    model = Sequential([Embedding(5, 2, input_length=3), Flatten(), Dense(1)], seed=1)
    whole = rng.integers(0, 5, (4, 3))
    np.testing.assert_array_equal(model.predict(whole), model.predict(whole.astype(float)))
    with pytest.raises(DataError, match=r"x feeds an Embedding and must hold whole numbers; received 0\.5"):
        model.predict(whole * 0 + 0.5)
    with pytest.raises(DataError, match="takes indices from 0 to 4; received 5"):
        model.predict(whole * 0 + 5)


def test_float64_takes_what_float32_can_not():
    model = Sequential([Dense(1, input_dim=1)], dtype="float64", seed=1)
    assert np.isfinite(model.predict([[1e300]])).all()


def test_images_and_sequences():
    model = Sequential([Flatten(input_shape=(2, 3)), Dense(1)], seed=1)
    assert model.predict(rng.normal(size=(5, 2, 3))).shape == (5, 1)
    with pytest.raises(ShapeError, match=r"Layer 'flatten' expects x of shape \(n, 2, 3\); received \(5, 6\)"):
        model.predict(rng.normal(size=(5, 6)))
    steps = Sequential([Dense(1, input_shape=(None, 3))], seed=1)
    assert steps.predict(rng.normal(size=(5, 7, 3))).shape == (5, 7, 1)


def test_a_pandas_frame_whose_columns_are_numbered():
    pd = pytest.importorskip("pandas")  # as read_csv(header=None) gives it
    frame = pd.DataFrame(X)
    model = network()
    np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    frame.loc[3, 2] = np.nan
    with pytest.raises(DataError, match=r"x holds NaN at row 3, column 2 \('2'\)"):
        model.predict(frame)


def test_two_columns_of_one_name():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["a", "a", *range(X.shape[1] - 2)])
    with pytest.raises(DataError, match="Two columns of the data frame have one name: rename one of them"):
        network().predict(frame)


def test_a_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DataError, match=r"x is a sparse csr_matrix, and a network takes whole arrays: x.toarray\(\)"):
        network().fit(sparse.csr_matrix(X), Y, verbose=0)


def test_masked_values_are_refused_and_a_mask_of_none_is_not():
    masked = np.ma.masked_array(X, mask=np.zeros(X.shape, bool))
    np.testing.assert_array_equal(trained(masked, Y), EXPECTED)
    masked[3, 1] = np.ma.masked
    for what, x, y in (
        ("x", masked, Y),
        ("x", list(masked), Y),
        ("y", X, np.ma.masked_array(Y, mask=Y == 1)),
    ):
        with pytest.raises(DataError) as error:
            trained(x, y)
        assert str(error.value) == (
            f"{what} is a masked array with masked values, and a network needs every value: fill them in, with "
            f"{what}.filled(…), or drop those rows."
        )
    with pytest.raises(DataError, match="x is a masked array"):
        network().predict(masked)
