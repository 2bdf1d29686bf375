"""Write docs/activations.md: each activation with formula, derivative and a picture of both, out of the registry."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule import activations
from chainrule.errors import GradientError

HERE = Path(__file__).parent
PICTURES = HERE / "activations"
#: The picture's size, its margin, and what is shown of x and y.
WIDTH, HEIGHT, MARGIN = 380, 240, 28
X_RANGE, Y_RANGE = (-4.0, 4.0), (-2.0, 4.0)
#: Two colours that are readable on white and on black.
FUNCTION, DERIVATIVE = "#2f7ed8", "#e07b39"
#: What currentColor is in a picture that is not part of the page's own text: a grey, readable on both too.
AXES = "#888"
#: A curve that changes by more from one point to the next jumps there: no line is drawn. The steepest changes by 0.04.
JUMP = 0.1

#: When to use it, in one line.
USE = {
    "linear": "The output of a regression; no activation at all.",
    "binary_step": "The perceptron of 1958. It can't be trained by gradient descent: there is no gradient.",
    "sigmoid": "The output for two classes: a probability. In hidden layers it saturates.",
    "tanh": "Like sigmoid, centred on 0: the classical hidden layer.",
    "arctan": "Like tanh, with tails that flatten more slowly.",
    "relu": "The usual hidden layer. A unit that is off for every row stays off: it has died.",
    "relu6": "ReLU with a ceiling, for arithmetic of few bits.",
    "leaky_relu": "ReLU whose units can't die.",
    "elu": "ReLU with a smooth negative side; mean activations nearer to 0.",
    "selu": "For deep plain networks with `lecun_normal` weights: keeps mean 0 and variance 1.",
    "celu": "ELU without a kink at 0, whatever α.",
    "softplus": "A smooth ReLU; the output where a number must be positive.",
    "softsign": "Like tanh, by division alone.",
    "gelu": "The usual choice in transformers.",
    "silu": "Smooth, slightly negative left of 0; often a little better than ReLU in deep networks.",
    "mish": "Much like SiLU.",
    "hard_sigmoid": "Sigmoid of three straight lines, where exp is dear.",
    "hard_swish": "SiLU of simple arithmetic, for small devices.",
    "hard_tanh": "Tanh of three straight lines.",
    "exponential": "The output of a Poisson regression: a positive rate.",
}


def path_of(X, Y) -> str:
    """Return SVG path commands for a curve, broken where it leaves the picture or jumps."""
    commands, pen = [], False
    for x, y, step in zip(X, Y, np.abs(np.diff(Y, prepend=Y[:1])), strict=True):
        if not Y_RANGE[0] <= y <= Y_RANGE[1] or step > JUMP:
            pen = False
            if not Y_RANGE[0] <= y <= Y_RANGE[1]:
                continue
        commands.append(f"{'L' if pen else 'M'}{across(x):.1f} {down(y):.1f}")
        pen = True
    return "".join(commands)


def across(x) -> float:
    """Return the picture's column for x."""
    return MARGIN + (x - X_RANGE[0]) / (X_RANGE[1] - X_RANGE[0]) * (WIDTH - 2 * MARGIN)


def down(y) -> float:
    """Return the picture's row for y."""
    return HEIGHT - MARGIN - (y - Y_RANGE[0]) / (Y_RANGE[1] - Y_RANGE[0]) * (HEIGHT - 2 * MARGIN)


def axes() -> list[str]:
    """Return both axes with their ticks, in the colour of the page's text."""
    parts = [
        f'<path d="M{MARGIN} {down(0):.1f}H{WIDTH - MARGIN}M{across(0):.1f} {MARGIN}V{HEIGHT - MARGIN}" '
        'stroke="currentColor" stroke-width="1" fill="none"/>'
    ]
    label = '<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="currentColor" text-anchor="{anchor}">{text}</text>'
    for x in range(int(X_RANGE[0]), int(X_RANGE[1]) + 1, 2):
        if x:
            parts.append(f'<path d="M{across(x):.1f} {down(0) - 3:.1f}v6" stroke="currentColor"/>')
            parts.append(label.format(x=across(x), y=down(0) + 15, anchor="middle", text=f"{x}".replace("-", "−")))
    for y in range(int(Y_RANGE[0]) + 1, int(Y_RANGE[1]) + 1):
        if y:
            parts.append(f'<path d="M{across(0) - 3:.1f} {down(y):.1f}h6" stroke="currentColor"/>')
            parts.append(label.format(x=across(0) - 7, y=down(y) + 4, anchor="end", text=f"{y}".replace("-", "−")))
    return parts


def picture(function) -> str:
    """Return f (whole line) and f' (dashed) as SVG."""
    X = np.linspace(*X_RANGE, 801)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'color="{AXES}">',
        *axes(),
    ]
    curve = '<path d="{d}" stroke="{colour}" stroke-width="2.2" fill="none" {dashes}/>'
    key = '<text x="{x}" y="16" font-size="12" fill="{colour}">{text}</text>'
    if function.operation.backward is not None:
        d = path_of(X, function.derivative(X))
        parts += [curve.format(d=d, colour=DERIVATIVE, dashes='stroke-dasharray="5 4"')]
        parts += [key.format(x=MARGIN + 60, colour=DERIVATIVE, text="f′(x)")]
    parts += [curve.format(d=path_of(X, function(X)), colour=FUNCTION, dashes="")]
    parts += [key.format(x=MARGIN, colour=FUNCTION, text="f(x)"), "</svg>"]
    return "\n".join(parts) + "\n"


def section(name: str) -> str:
    """Return one activation's section."""
    function = activations.get(name)
    operation = function.operation
    lines = [f"## {name}", "", USE[name], "", f"$${operation.formula} \\qquad {operation.gradient}$$", ""]
    lines += [f"```{{image}} activations/{name}.svg\n:alt: {name} and its derivative\n:width: 380px\n```", ""]
    lines += [f"`activation={name!r}`; the code is in `chainrule/ops/activations/{name}.py`."]
    aliases = sorted(alias for alias, meant in activations.ALIASES.items() if meant == name)
    if aliases:
        lines[-1] += f" Also called {', '.join(f'`{alias}`' for alias in aliases)}."
    return "\n".join(lines)


def mixing_section(name: str, use: str) -> str:
    """Return the section of a function that mixes the entries of a row, which one curve can't show."""
    operation = activations.get(name).operation
    return f"## {name}\n\n{use}\n\n$${operation.formula} \\qquad {operation.gradient}$$\n"


def main():
    PICTURES.mkdir(exist_ok=True)
    names = [name for name in activations.names() if name not in activations.MIXING]
    head = (
        "# Activation functions\n\nEach function $f$ (whole line) with its derivative $f'$ (dashed). How elementwise "
        "gradients work is on the page about the mathematics of activations; every one of these is checked by finite "
        "differences and against PyTorch.\n"
    )
    for name in names:
        try:
            (PICTURES / f"{name}.svg").write_text(picture(activations.get(name)), encoding="utf-8")
        except GradientError as error:
            raise SystemExit(f"{name}: {error}") from error
    last = [
        mixing_section("softmax", "The output for several classes: positive numbers that add up to 1."),
        mixing_section("log_softmax", "The logarithm of softmax, where the numbers would round to 0."),
    ]
    text = "\n\n".join([head, *(section(name) for name in names), *last])
    (HERE / "activations.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
