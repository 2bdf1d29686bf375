"""Tutorial 1's published numbers: hidden 5 and 1, output 9, linear and with ReLU."""

from __future__ import annotations


def test_published_numbers(example, narrow):
    numbers = example("01_forward_pass").main()
    for activation in ("linear", "relu"):
        found = numbers[activation, (2.0, 3.0)]
        assert found["hidden"] == (5.0, 1.0)
        assert found["output"] == 9.0
        assert found["library"] == 9.0
    assert "hidden 5 and 1, output 9" in narrow()


def test_relu_silences_a_negative_sum(example, capsys):
    # h₀ = 3 + 1 = 4, h₁ = −3 + 1 = −2; linear 2·4 − (−2) = 10, ReLU 2·4 − 0 = 8.
    numbers = example("01_forward_pass").main()
    assert numbers["linear", (3.0, 1.0)] == {"hidden": (4.0, -2.0), "output": 10.0, "library": 10.0}
    assert numbers["relu", (3.0, 1.0)] == {"hidden": (4.0, 0.0), "output": 8.0, "library": 8.0}
