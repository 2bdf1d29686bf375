"""Tutorial 1: one forward pass by hand, first linear, then with ReLU, then the same network in the library.

h₀ = 2 · 1 + 3 · 1    = 5        inputs 2 and 3, each counted for h₀ and for h₁
h₁ = 2 · (−1) + 3 · 1 = 1
y  = 5 · 2 + 1 · (−1) = 9        then h₀ and h₁, counted for the output
"""

from __future__ import annotations

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential

INPUT = np.array([2.0, 3.0])
#: Node by node: what each of the two inputs counts for h₀ and h₁, and what h₀ and h₁ count for the output.
WEIGHTS = {"h0": np.array([1.0, 1.0]), "h1": np.array([-1.0, 1.0]), "output": np.array([2.0, -1.0])}
#: A second input, for which ReLU makes a difference: h₁ is negative.
OTHER_INPUT = np.array([3.0, 1.0])


def linear(z):
    """Let the sum through as it is."""
    return z


def relu(z):
    """Let positive sums through, and nothing else."""
    return max(0.0, z)


def forward(inputs, activation):
    """Return h₀, h₁ and the output: each node sums its weighted inputs and passes the sum through the activation."""
    h0 = activation((inputs * WEIGHTS["h0"]).sum())
    h1 = activation((inputs * WEIGHTS["h1"]).sum())
    hidden = np.array([h0, h1])
    output = activation((hidden * WEIGHTS["output"]).sum())
    return float(h0), float(h1), float(output)


def in_the_library(inputs, activation):
    """Return the output of the same network, built of two Dense layers."""
    model = Sequential(
        [
            Dense(2, input_dim=2, activation=activation, use_bias=False),
            Dense(1, activation=activation, use_bias=False),
        ],
        dtype="float64",
    )
    # A kernel has one column a node, so that a whole batch of rows is one matrix product: X @ kernel.
    hidden = np.column_stack([WEIGHTS["h0"], WEIGHTS["h1"]])
    model.set_weights([hidden, WEIGHTS["output"].reshape(2, 1)])
    return float(model.predict(inputs.reshape(1, 2))[0, 0])


def main():
    """Print each pass, and return its hidden values and output by hand and in the library."""
    numbers = {}
    for inputs in (INPUT, OTHER_INPUT):
        for name, activation in (("linear", linear), ("relu", relu)):
            h0, h1, output = forward(inputs, activation)
            library = in_the_library(inputs, name)
            numbers[name, tuple(inputs.tolist())] = {"hidden": (h0, h1), "output": output, "library": library}
            print(f"inputs {inputs[0]:g} and {inputs[1]:g}, {name}:")
            print(f"  hidden {h0:g} and {h1:g}, output {output:g}   (the library says {library:g})")
    print("\nReLU changes nothing while every sum is positive; for inputs 3 and 1 it")
    print("silences h1, and the output no longer hears of it.")
    return numbers


if __name__ == "__main__":
    main()
