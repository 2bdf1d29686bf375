"""Write the golden file of this release: `python tests/saving/make_golden.py`.

Run it once a format, never again: later releases prove with the old file that they still read it. It prints what
`test_golden.py` expects of the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule.layers import Add, BatchNormalization, Concatenate, Dense, Dropout, Input
from chainrule.models import Model, Sequential
from chainrule.optimizers import Adam
from chainrule.saving.limits import FORMAT
from chainrule.schedules import ExponentialDecay

TARGET = Path(__file__).parent / "golden" / f"v{FORMAT}.safetensors"


def golden_model() -> Model:
    """Return a trained model with a bit of everything: shared and nested layers, two inputs and two outputs."""
    left, right = Input(shape=(3,), name="left"), Input(shape=(3,), name="right")
    shared = Dense(4, activation="tanh", kernel_regularizer="l2", kernel_constraint="max_norm", name="shared")
    inner = Sequential([Dense(4, input_dim=4, activation="leaky_relu"), BatchNormalization()], name="inner", seed=2)
    h = Add(name="sum")([inner(shared(left)), shared(right)])
    h = Dropout(0.25, name="dropout")(Concatenate(name="join")([h, right]))
    outputs = [Dense(1, name="score")(h), Dense(2, activation="softmax", name="kind")(h)]
    model = Model([left, right], outputs, name="golden", seed=2024)
    model.compile(
        optimizer=Adam(ExponentialDecay(0.01, decay_steps=10, decay_rate=0.9), amsgrad=True),
        loss={"score": "huber", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"score": 2.0, "kind": 0.5},
        metrics={"score": ["mae"], "kind": ["accuracy"]},
    )
    X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
    model.fit([X, X[::-1]], {"score": X.sum(axis=1), "kind": np.arange(8) % 2}, epochs=3, batch_size=4, verbose=0)
    model.data_contract = {"columns": ["größe", "weight", "age"], "missing": None}
    model.scores = {"mae": 0.5}
    return model


def golden_inputs() -> list[np.ndarray]:
    """Return what the golden predictions are made for."""
    X = np.array([[0.0, 0.5, -1.0], [2.0, 0.25, 1.0]], dtype=np.float32)
    return [X, -X]


if __name__ == "__main__":
    if TARGET.exists():
        raise SystemExit(f"{TARGET} exists: a golden file is written once.")
    TARGET.parent.mkdir(exist_ok=True)
    golden = golden_model()
    golden.save(TARGET)
    for output in golden.predict(golden_inputs()):
        print(output.tolist())
