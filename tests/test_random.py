"""Stream: the bits are part of the specification, so they are written down here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import random
from chainrule.random import PURPOSES, Stream

GOLDEN = {
    "bits": [7562284617978849011, 11919942092398276961],
    "uniform": [0.40995227058831896, 0.646181355623981, 0.9581003757621451],
    "normal": [-0.6235255628732848, -0.8162839999267721, 2.5100379427529416],
    "permutation": [5, 1, 2, 0, 3, 4],
    "mask": [False, True, True, True, False, True],
}


def test_the_bits_are_philoxs():
    # NumPy's raw words of Philox4x64 with key (seed, purpose · 2³² + index) and counter (0, 0, step, 0)
    key = np.array([7, (1 << 32) + 3], dtype=np.uint64)
    expected = np.random.Philox(key=key, counter=np.array([0, 0, 5, 0], dtype=np.uint64)).random_raw(6)
    np.testing.assert_array_equal(Stream(7, "weights", index=3, step=5).bits(6), expected)


def test_golden_numbers():
    # Models of earlier releases are made again from their seeds: these may never change.
    assert Stream(0, "weights").bits(2).tolist() == GOLDEN["bits"]
    np.testing.assert_allclose(Stream(0, "weights").uniform((3,)), GOLDEN["uniform"], rtol=1e-15)
    np.testing.assert_allclose(Stream(0, "weights").normal((3,)), GOLDEN["normal"], rtol=1e-13)
    assert Stream(0, "order").permutation(6).tolist() == GOLDEN["permutation"]
    assert Stream(0, "noise").mask((6,), 0.5).tolist() == GOLDEN["mask"]


def test_uniform_is_the_words_top_53_bits():
    words = Stream(1, "weights").bits(4)
    np.testing.assert_array_equal(Stream(1, "weights").uniform((2, 2)).ravel(), (words >> np.uint64(11)) * 2.0**-53)
    scaled = Stream(1, "weights").uniform((1000,), -2.0, 3.0)
    assert -2 <= scaled.min() < -1.9 and 2.9 < scaled.max() < 3


def test_normal_is_box_and_muller():
    U = Stream(1, "weights").uniform((2,))
    radius, angle = np.sqrt(-2 * np.log1p(-U[0])), 2 * np.pi * U[1]
    expected = 5 + 2 * np.array([radius * np.cos(angle), radius * np.sin(angle)])
    np.testing.assert_allclose(Stream(1, "weights").normal((2,), 5.0, 2.0), expected, rtol=1e-14)
    Z = Stream(1, "weights").normal((10_000,))
    assert abs(Z.mean()) < 0.03 and abs(Z.std() - 1) < 0.03


@given(st.integers(0, 2**64 - 1), st.integers(0, 50))
def test_a_permutation_has_each_number_once(seed, n):
    assert sorted(Stream(seed, "order").permutation(n).tolist()) == list(range(n))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_a_mask_drops_its_share(rate):
    kept = Stream(1, "noise").mask((100, 101), rate)
    assert kept.shape == (100, 101) and kept.dtype == bool
    assert abs(kept.mean() - (1 - rate)) < 0.02


def test_a_mask_takes_the_low_half_first():
    word = int(Stream(2, "noise").bits(1)[0])
    low, high = word & (2**32 - 1), word >> 32
    between = (low + high) / 2 / 2**32
    assert Stream(2, "noise").mask((2,), between).tolist() == [low > high, high > low]


def test_streams_of_other_names_are_other_numbers():
    names = [
        (seed, purpose, index, step) for seed in (0, 1) for purpose in PURPOSES for index in (0, 1) for step in (0, 1)
    ]
    assert len({int(Stream(*name).bits(1)[0]) for name in names}) == len(names)
    assert sorted(PURPOSES.values()) == list(range(len(PURPOSES)))


def test_next_model_seed_follows_from_the_global_seed(monkeypatch):
    monkeypatch.setattr(random, "_global", {"seed": None, "models": 0})
    random.set_random_seed(5)
    first = [random.next_model_seed() for _ in range(3)]
    random.set_random_seed(5)
    assert first == [random.next_model_seed() for _ in range(3)] and len(set(first)) == 3
    assert all(0 <= seed < 2**63 for seed in first)


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5, None, "1", True, np.float64(1)])
def test_what_is_no_seed(seed):
    with pytest.raises(ValueError, match=r"A seed is a whole number from 0 to 2\*\*64 - 1; received"):
        random.check_seed(seed)


def test_numpy_integers_are_seeds():
    assert random.check_seed(np.uint64(2**64 - 1)) == 2**64 - 1
