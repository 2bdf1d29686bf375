"""What `make demo` runs: the five steps on a real table, the score beside a baseline, the proof, the model file."""

from __future__ import annotations

import inspect
import math
import re
import sys
import textwrap
from pathlib import Path

import numpy as np

import chainrule
from chainrule.datasets import load
from chainrule.layers import Dense, Normalization
from chainrule.models import Sequential
from chainrule.utils import split

FILE = Path(__file__).resolve().parents[1] / "build" / "demo.safetensors"
#: What `main` does with the model, in the listing's words.
THE_REST = """print(f"loss {loss:.4f}, accuracy {accuracy:.3f}")

print(model.check_gradients(X_test, y_test))
model.save("demo.safetensors")
again = chainrule.load_model("demo.safetensors")"""
NORMAL_95 = 1.959964  # the normal distribution has 95 % of its mass within so many deviations


def five_steps(say):
    say("1  Load a table, keep a fifth of its rows for the test")
    table = load("breast_cancer")
    X_train, X_test, y_train, y_test = split(table.X, table.y, test=0.2, seed=1)
    say(table)

    say("2  Define the network")
    scaling = Normalization(input_dim=30)
    scaling.adapt(X_train)
    model = Sequential(seed=1)
    model.add(scaling)
    model.add(Dense(16, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.summary()

    say("3  Compile: which loss, which optimizer, what to report")
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])

    say("4  Fit")
    model.fit(X_train, y_train, epochs=12, batch_size=16)

    say("5  Evaluate on rows that the network has never seen")
    loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
    return model, X_test, y_test, loss, accuracy


def wilson_interval(share, n, z=NORMAL_95):
    """Return the ends of Wilson's interval for a share of n rows: never outside 0 to 1, and right for shares near 1.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def listing():
    """Return the Python of the five steps as a script of its own: headings become comments, `say` becomes `print`."""
    source = inspect.getsource(sys.modules[__name__]).splitlines()
    imports = [line for line in source if line.startswith(("import chainrule", "from chainrule"))]
    steps = textwrap.dedent("\n".join(inspect.getsource(five_steps).splitlines()[1:-1]))
    steps = re.sub(r'say\("(.*)"\)', r"# \1", steps).replace("say(", "print(")
    return "\n".join([*imports, "", steps, THE_REST])


def say(what):
    """Print a heading, or what a step has to show."""
    print(f"\n── {what} " + "─" * (76 - len(what)) if isinstance(what, str) else textwrap.fill(str(what), 80))


def main(file=FILE):
    """Run all of it and return the numbers."""
    model, X_test, y_test, _, accuracy = five_steps(say)
    low, high = wilson_interval(accuracy, len(y_test))
    baseline = float(np.bincount(y_test).max() / len(y_test))
    print(f"accuracy on {len(y_test)} rows    {accuracy:.1%}   (95 % interval {low:.1%} to {high:.1%})")
    print(f"always the larger class {baseline:.1%}")

    say("The gradient certificate: each gradient beside a finite difference")
    report = model.check_gradients(X_test, y_test)
    print(report)

    say("Save, and load again")
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    model.save(file)
    again = chainrule.load_model(file)
    same = again.predict(X_test).tobytes() == model.predict(X_test).tobytes()
    print(f"{file.name}, {file.stat().st_size:,} bytes; predictions equal to the bit: {'yes' if same else 'NO'}")

    say("The Python that did it")
    print(listing())
    return {"accuracy": accuracy, "interval": (low, high), "baseline": baseline, "report": report, "same": same}


if __name__ == "__main__":
    numbers = main()
    sys.exit(not (numbers["same"] and numbers["report"].passed))
