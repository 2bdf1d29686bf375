"""Tutorial 3: the median training accuracy of ten seeds, and the seed that sticks."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import DataError


@pytest.fixture(scope="module")
def ten_seeds(example, data_folder):
    return example("03_pima_five_steps").main(seeds=10)


def test_median_of_ten_seeds(ten_seeds):
    assert len(ten_seeds["accuracies"]) == 10
    assert 0.76 <= np.median(ten_seeds["accuracies"]) <= 0.81
    assert min(ten_seeds["accuracies"]) >= 0.64


def test_majority_rate(ten_seeds):
    assert ten_seeds["majority"] == pytest.approx(500 / 768)


def test_a_stuck_seed_has_no_living_unit_and_scaling_mends_it(ten_seeds):
    accuracy, alive = ten_seeds["stuck"]["raw"]
    assert alive == 0
    assert accuracy == pytest.approx(500 / 768)  # it answers "no diabetes" to everybody
    accuracy, alive = ten_seeds["stuck"]["scaled"]
    assert alive >= 4
    assert accuracy >= 0.78


@pytest.mark.parametrize(("epochs", "alive"), [(0, 5), (1, 1), (2, 0)])
def test_the_stuck_seed_dies_in_two_epochs(example, data_folder, epochs, alive):
    module = example("03_pima_five_steps")
    X, y = module.load("pima")
    model = module.make_model(module.STUCK_SEED)
    if epochs:
        model.fit(X, y, epochs=epochs, batch_size=module.BATCH_SIZE, verbose=0)
    assert module.living_units(model, X) == alive


def test_prints_within_80_columns(example, data_folder, narrow):
    example("03_pima_five_steps").main(epochs=1)
    assert "always answering 'no diabetes' is right for 0.65" in narrow()


def test_says_when_there_are_no_data(example, monkeypatch, narrow):
    module = example("03_pima_five_steps")

    def absent(name):
        raise DataError(f"The data set {name!r} could not be fetched.")

    monkeypatch.setattr(module, "load", absent)
    assert module.main() is None
    assert narrow() == "Skipped: The data set 'pima' could not be fetched.\n"
