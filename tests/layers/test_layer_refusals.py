"""What layers refuse, word for word, and the old names that they take."""

import warnings

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, NotReadyError, ShapeError
from chainrule.layers import (
    LAYERS,
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Input,
    InputLayer,
    Layer,
    LayerNormalization,
    LeakyReLU,
    Normalization,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    Subtract,
)
from chainrule.models import Model, Sequential

ARGUMENTS = [
    (lambda: Dense(0), "Dense's units is a whole number of at least 1; received 0."),
    (lambda: Dense(2.5), "Dense's units is a whole number of at least 1; received 2.5."),
    (
        lambda: Dense(2, activatoin="relu"),
        "Dense has no argument 'activatoin'. Did you mean 'activation'? It takes: units, activation, use_bias, "
        "kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint, "
        "bias_constraint, name, trainable, dtype, input_shape, input_dim.",
    ),
    (lambda: Dense(2, name="a/b"), "A layer's name is a text without '/'; received 'a/b'."),
    (
        lambda: Dense(2, dtype="float16"),
        "A model's numbers are 'float32' or 'float64'; received 'float16'. Did you mean 'float64'?",
    ),
    (lambda: Dense(2, input_dim=0), "Each size of an input shape is a whole number above 0; received (0,)."),
    (lambda: Dense(2, input_shape="8"), "Each size of an input shape is a whole number above 0; received ('8',)."),
    (lambda: Dropout(1.5), "Dropout's rate is a number from 0 to 1, 1 excluded; received 1.5."),
    (lambda: Dropout(1), "Dropout's rate is a number from 0 to 1, 1 excluded; received 1."),
    (lambda: GaussianNoise(-1), "GaussianNoise's stddev is a number of at least 0; received -1."),
    (
        lambda: Reshape((2, 0)),
        "Reshape's target_shape is sizes above 0, at most one of them -1; received (2, 0).",
    ),
    (lambda: Reshape((-1, -1)), "Reshape's target_shape is sizes above 0, at most one of them -1; received (-1, -1)."),
    (lambda: Rescaling("a"), "Rescaling's scale is a finite number, or a list of them, one a column; received 'a'."),
    (lambda: Rescaling(np.inf), "Rescaling's scale is a finite number, or a list of them, one a column; received inf."),
    (
        lambda: Normalization(mean=1),
        "Normalization takes mean and variance together, or neither and learns them with adapt(x).",
    ),
    (lambda: Normalization(mean=1, variance=-1), "Normalization's variance is not below 0; received -1."),
    (
        lambda: BatchNormalization(axis=[1]),
        "BatchNormalization's axis is one whole number, such as -1 for the last axis; received [1].",
    ),
    (lambda: BatchNormalization(momentum=2), "BatchNormalization's momentum is a number from 0 to 1; received 2."),
    (lambda: LayerNormalization(epsilon=0), "LayerNormalization's epsilon is a number above 0; received 0."),
    (
        lambda: Concatenate(axis="x"),
        "Concatenate's axis is one whole number, such as -1 for the last axis; received 'x'.",
    ),
    (lambda: Embedding(0, 2), "Embedding's input_dim is a whole number of at least 1; received 0."),
    (lambda: ReLU(max_value=3), "ReLU's max_value is None or 6; received 3."),
    (lambda: ReLU(max_value=6, negative_slope=0.1), "ReLU takes max_value or negative_slope, not both."),
    (lambda: LeakyReLU(-0.1), "LeakyReLU's negative_slope is a number of at least 0; received -0.1."),
    (lambda: PReLU(shared_axes=[0]), "PReLU's shared_axes is a whole number of at least 1; received 0."),
    (lambda: Input(), "Input needs a shape: Input(shape=(8,)) for rows of 8 numbers."),
    (lambda: InputLayer(), "InputLayer needs a shape: InputLayer(shape=(8,)) for rows of 8 numbers."),
    (
        lambda: Input((3,), dtype="text"),
        "An Input's dtype is a float or an integer type, such as 'int64'; received 'text'.",
    ),
    (lambda: Input((3, 0)), "Each size of an input shape is a whole number above 0; received (3, 0)."),
]


@pytest.mark.parametrize(("make", "sentence"), ARGUMENTS)
def test_arguments(make, sentence):
    with pytest.raises(ArgumentError) as error:
        make()
    assert str(error.value) == sentence


def test_misspelt_names_get_the_nearest():
    for make, nearest in (
        (lambda: Dense(2, activation="rellu"), "Did you mean 'relu'?"),
        (lambda: Activation("sigmiod"), "Did you mean 'sigmoid'?"),
        (lambda: Dense(2, kernel_initializer="glorot_unifrom"), "Did you mean 'glorot_uniform'?"),
        (lambda: LAYERS.get("dens"), "Did you mean 'dense'?"),
    ):
        with pytest.raises(ArgumentError) as error:
            make()
        assert nearest in str(error.value)


SHAPES = [
    (
        lambda: Dense(2)(Input(())),
        "Layer 'dense': Dense needs inputs of shape (rows, columns) with a known number of columns; received (None,).",
    ),
    (
        lambda: Dense(2)(Input((3, None))),
        "Layer 'dense': Dense needs inputs of shape (rows, columns) with a known number of columns; received "
        "(None, 3, None).",
    ),
    (
        lambda: Dense(2)([Input((3,)), Input((3,))]),
        "Layer 'dense' takes 1 input; received 2: join them first, for example with Concatenate()([a, b]).",
    ),
    (lambda: Add()(Input((3,))), "Layer 'add' takes a list of two or more inputs: Add()([a, b])."),
    (lambda: Subtract()([Input((3,))] * 3), "Layer 'subtract' takes 2 inputs; received 3."),
    (
        lambda: Add()([Input((3,)), Input((4,))]),
        "Layer 'add' needs inputs of one shape; received (None, 3) and (None, 4). Bring them to one size first, "
        "for example with a Dense layer.",
    ),
    (
        lambda: Add()([Input((3,)), Input((2, 3))]),
        "Layer 'add' needs inputs of one shape; received (None, 3) and (None, 2, 3). Bring them to one size "
        "first, for example with a Dense layer.",
    ),
    (
        lambda: Concatenate()([Input((2, 3)), Input((4, 3))]),
        "Layer 'concatenate' joins along axis -1, so all other sizes must agree; received (None, 2, 3) and "
        "(None, 4, 3).",
    ),
    (
        lambda: Concatenate(axis=0)([Input((3,)), Input((3,))]),
        "Layer 'concatenate' can't join along axis 0 of inputs with 2 axes (0 is the rows).",
    ),
    (
        lambda: Reshape((4, 2))(Input((6,))),
        "Layer 'reshape' can't reshape rows of shape (6,) (6 numbers) to (4, 2); choose a shape of 6 numbers.",
    ),
    (lambda: Flatten()(Input((None, 3))), "Layer 'flatten': Flatten needs a known shape; received (None, None, 3)."),
    (
        lambda: Rescaling([1, 2])(Input((3,))),
        "Layer 'rescaling' has a scale of 2 numbers and inputs of shape (None, 3): give one number, or one for "
        "each column.",
    ),
    (
        lambda: Normalization(mean=[1, 2], variance=1)(Input((3,))),
        "Layer 'normalization' has statistics of 2 columns and inputs of 3 columns.",
    ),
    (
        lambda: BatchNormalization()(Input((3, None))),
        "Layer 'batch_normalization': BatchNormalization needs inputs with a known number of columns, such as "
        "(None, 8); received (None, 3, None).",
    ),
    (
        lambda: PReLU()(Input((None, 3))),
        "Layer 'p_re_lu': the weight 'alpha' would have shape (None, 3); fix the sizes of the input, such as "
        "Input(shape=(8,)).",
    ),
]


@pytest.mark.parametrize(("connect", "sentence"), SHAPES)
def test_shapes(connect, sentence):
    with pytest.raises(ShapeError) as error:
        connect()
    assert str(error.value) == sentence


def test_axes_that_an_input_has_not():
    with pytest.raises(ArgumentError) as error:
        BatchNormalization(axis=1)(Input((4, 3)))
    assert str(error.value) == (
        "Layer 'batch_normalization': BatchNormalization works along the last axis (channels last), -1; received "
        "axis=1."
    )
    with pytest.raises(ArgumentError) as error:
        PReLU(shared_axes=[2])(Input((3,)))
    assert str(error.value) == (
        "Layer 'p_re_lu': shared_axes has 2; an input of shape (None, 3) has axes 1 to 1 to share."
    )


def test_embedding_wants_whole_numbers():
    with pytest.raises(ArgumentError) as error:
        Embedding(5, 2)(Dense(3)(Input((3,))))
    assert str(error.value) == (
        "Layer 'embedding' takes whole numbers from an Input: Input(shape=…, dtype='int64'); received the "
        "numbers that a layer computes."
    )
    with pytest.raises(ArgumentError) as error:
        Embedding(5, 2)(Input((3,), dtype="float32"))
    assert str(error.value) == (
        "Layer 'embedding' takes whole numbers from an Input: Input(shape=…, dtype='int64'); received float32."
    )
    with pytest.raises(DataError) as error:
        Embedding(5, 2)([[0.5]])
    assert str(error.value) == "Layer 'embedding' takes whole numbers; received 0.5."
    with pytest.raises(DataError) as error:
        Embedding(5, 2)([[0, -1]])
    assert str(error.value) == "An Embedding of input_dim=5 takes indices from 0 to 4; received -1."


def test_an_input_that_feeds_an_embedding_becomes_one_of_whole_numbers():
    a = Input((2,))
    flat = Flatten()(Embedding(5, 3)(a))
    assert a.dtype == "int64"
    assert Model(a, flat, seed=0)(np.array([[1, 4]])).shape == (1, 6)
    inner, c = Sequential([Embedding(5, 3, input_length=2), Flatten()], seed=0), Input((2,))
    assert Model(c, inner(c), seed=0)(np.array([[1, 4]])).shape == (1, 6)
    b = Input((4,), dtype="int32")
    assert Embedding(5, 3)(Reshape((2, 2))(b)).shape == (None, 2, 2, 3)


def test_adapt_refuses_what_has_no_statistics():
    for data, sentence in (
        (np.zeros((0, 2)), "adapt needs at least one row; the data are empty."),
        ([[1.0, np.nan]], "nan"),
        ([["a"]], "data"),
    ):
        with pytest.raises(DataError, match=f"(?i){sentence}"):
            Normalization().adapt(data)
    layer = Normalization()
    layer(np.zeros((1, 3)))
    with pytest.raises(ShapeError) as error:
        layer.adapt(np.zeros((4, 2)))
    assert str(error.value) == "Layer 'normalization' has statistics of 2 columns and inputs of 3 columns."
    layer.adapt(np.ones((4, 3)))  # the refused data left nothing behind
    assert np.array_equal(layer.get_weights()[0], [1, 1, 1])


class TestWeights:
    def test_before_the_input_shape_is_known(self):
        with pytest.raises(NotReadyError) as error:
            Dense(2).get_weights()
        assert str(error.value) == (
            "Layer 'dense' has no weights yet, since its input shape is not known: add an Input to the model, or "
            "call the layer on something."
        )

    def test_arrays_that_do_not_fit_change_nothing(self):
        layer = Dense(2)
        layer(np.zeros((1, 3)))
        before = layer.get_weights()
        with pytest.raises(ShapeError) as error:
            layer.set_weights([np.ones((3, 2)), np.ones(3)])
        assert str(error.value) == (
            "Layer 'dense' takes the weights kernel (3, 2), bias (2,); received arrays of shape (3, 2), (3,)."
        )
        assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))
        with pytest.raises(ShapeError, match="received arrays of shape none"):
            layer.set_weights([])

    def test_two_weights_of_one_name(self):
        class Twice(Layer):
            def build(self, input_shape):
                self.add_weight("w", (1,))
                self.add_weight("w", (1,))
                return input_shape

        with pytest.raises(ArgumentError) as error:
            Twice()(Input((1,)))
        assert str(error.value) == (
            "Layer 'twice': the name of a weight is a text without '/' that no other weight of the layer has; "
            "received 'w'."
        )

    def test_get_weights_gives_copies(self):
        layer = Dense(2)
        layer(np.zeros((1, 3)))
        layer.get_weights()[0][...] = 7
        assert not (layer.get_weights()[0] == 7).any()


class TestOldNames:
    @pytest.mark.parametrize(
        ("make", "old", "new", "value"),
        [
            (lambda **old: Dense(2, **old), "init", "kernel_initializer", "zeros"),
            (lambda **old: Dense(2, **old), "W_regularizer", "kernel_regularizer", "l2"),
            (lambda **old: Dense(2, **old), "b_regularizer", "bias_regularizer", "l2"),
            (lambda **old: Dense(2, **old), "W_constraint", "kernel_constraint", "non_neg"),
            (lambda **old: Dense(**old), "output_dim", "units", 3),
            (lambda **old: Dense(2, **old), "bias", "use_bias", False),
            (lambda **old: Dropout(**old), "p", "rate", 0.25),
            (lambda **old: GaussianNoise(**old), "sigma", "stddev", 0.5),
            (lambda **old: LeakyReLU(**old), "alpha", "negative_slope", 0.125),
            (lambda **old: Embedding(5, 2, **old), "init", "embeddings_initializer", "zeros"),
        ],
    )
    def test_each_works_with_one_warning(self, make, old, new, value):
        with pytest.warns(FutureWarning) as seen:
            layer = make(**{old: value})
        assert [str(one.message) for one in seen] == [
            f"{type(layer).__name__}({old}=…) is the old spelling; write {new}=…."
        ]
        assert seen[0].filename == __file__
        expected = make(**{new: value})
        assert repr(getattr(layer, new)) == repr(getattr(expected, new))

    def test_names_that_a_layer_has_of_its_own_are_not_old(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            from chainrule.layers import ELU

            assert ELU(alpha=0.5).alpha == 0.5
            assert Embedding(input_dim=5, output_dim=2).output_dim == 2

    def test_both_names_are_refused(self):
        with pytest.raises(ArgumentError) as error:
            Dense(2, init="zeros", kernel_initializer="ones")
        assert str(error.value) == "Dense takes kernel_initializer=… once; init=… is its old name."

    def test_an_old_name_that_means_nothing_here_is_an_unknown_argument(self):
        with pytest.raises(ArgumentError, match="Flatten has no argument 'p'"):
            Flatten(p=0.5)

    @pytest.mark.parametrize(
        "options", [{"input_dim": 8}, {"input_shape": (8,)}, {"input_shape": 8}, {"batch_input_shape": (None, 8)}]
    )
    def test_input_shapes_of_old_scripts(self, options):
        model = Sequential([Dense(3, **options)])
        assert model.output_shape == (None, 3)
        assert model.layers[0].get_weights()[0].shape == (8, 3)

    def test_input_layer_and_input_length(self):
        model = Sequential()
        model.add(InputLayer(input_shape=(4,)))
        model.add(Dense(2))
        assert model.output_shape == (None, 2)
        model = Sequential([Embedding(10, 4, input_length=3), Flatten()])
        assert model.output_shape == (None, 12)

    def test_a_subclass_takes_them_too(self):
        class Wide(Dense):
            def __init__(self, units=100, **options):
                super().__init__(units, **options)

        with pytest.warns(FutureWarning, match=r"Wide\(init=…\)") as seen:
            layer = Wide(init="ones")
        assert len(seen) == 1 and type(layer.kernel_initializer).__name__ == "Ones"
