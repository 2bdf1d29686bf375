"""Tutorial 2: the cost against one weight, and gradient descent down to its minimum.

The network is one neuron with one weight, p = w x, and the cost is the mean of squares over three rows of y = 2 x:

    C(w)  = mean (w x − y)²          a parabola, least at w = 2
    C'(w) = mean 2 (w x − y) x       its slope
    w     ← w − rate · C'(w)         one step of gradient descent

Run it with a file name to say where the figure goes: python 02_gradient_descent.py figure.svg
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.optimizers import SGD

X = np.array([1.0, 2.0, 3.0])
Y = 2 * X
START = 0.0
RATE = 0.03
STEPS = 20
#: The error w − 2 is multiplied by 1 − 2 · rate · mean(x²) in each step, and mean(x²) = 14/3 here: the factor is 0.91,
#: 0.72, 0.07, −0.87 and −1.05. Beyond −1 each step lands further away than it started.
RATES = (0.01, 0.03, 0.1, 0.2, 0.22)


def cost(w):
    """Return C(w); w may be an array of weights."""
    return ((np.multiply.outer(w, X) - Y) ** 2).mean(axis=-1)


def slope(w):
    """Return C'(w): the outer derivative 2 (w x − y) times the inner one, x."""
    return (2 * (w * X - Y) * X).mean()


def descend(rate, steps=STEPS, w=START):
    """Return the weights that gradient descent goes through, the initial one first."""
    path = [w]
    for _ in range(steps):
        w = w - rate * slope(w)  # against the slope, so downhill
        path.append(float(w))
    return np.array(path)


def descend_in_the_library(rate, steps=STEPS):
    """Return the same path, walked by a Dense layer of one weight and SGD."""
    model = Sequential([Dense(1, input_dim=1, use_bias=False)], dtype="float64")
    model.set_weights([np.array([[START]])])
    model.compile(loss="mse", optimizer=SGD(learning_rate=rate))
    path = [START]
    for _ in range(steps):
        model.train_on_batch(X.reshape(3, 1), Y)
        path.append(float(model.get_weights()[0][0, 0]))
    return np.array(path)


# The figure: an SVG of a few lines, with colours for light and for dark pages

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 64, 24, 48, 56
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">
<style>
  svg {{ color: #1f2933; font: 14px sans-serif }} .page {{ fill: #ffffff }}
  text {{ fill: currentColor }} .axis {{ stroke: currentColor; opacity: .5 }}
  .curve {{ fill: none; stroke: #2563eb; stroke-width: 2.5 }} .path {{ fill: none; stroke: #c2410c; stroke-width: 1.5 }}
  .step {{ fill: #c2410c }} .least {{ fill: #15803d }}
  @media (prefers-color-scheme: dark) {{
    svg {{ color: #e5e7eb }} .page {{ fill: #14181f }} .curve {{ stroke: #7aa7ff }}
    .path {{ stroke: #fb923c }} .step {{ fill: #fb923c }} .least {{ fill: #4ade80 }}
  }}
</style>
<rect class="page" width="{width}" height="{height}"/>
<text x="{left}" y="28" font-size="16">{title}</text>
{body}
</svg>
"""


def figure(path, title):
    """Return an SVG of the cost curve, the steps of `path` on it, and the minimum."""
    w = np.linspace(-0.5, 4.5, 201)
    high = cost(w).max()

    def at(w, c):
        """Return where weight w and cost c are in the picture."""
        x = LEFT + (w - w_low) / (w_high - w_low) * (WIDTH - LEFT - RIGHT)
        return round(float(x), 1), round(float(HEIGHT - BOTTOM - c / high * (HEIGHT - TOP - BOTTOM)), 1)

    def line(points, kind):
        return f'<polyline class="{kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'

    w_low, w_high = w[0], w[-1]
    steps = [at(*point) for point in zip(path, cost(path), strict=True)]
    (x0, y0), (least_x, least_y), floor = steps[0], at(2, 0), HEIGHT - BOTTOM
    body = [line([(LEFT, TOP), (LEFT, floor), (WIDTH - RIGHT, floor)], 'axis" fill="none')]
    for tick in range(5):
        body.append(f'<text x="{at(tick, 0)[0]}" y="{floor + 20}" text-anchor="middle">{tick}</text>')
    for tick in range(0, int(high) + 1, 5):
        body.append(f'<text x="{LEFT - 8}" y="{at(0, tick)[1] + 5}" text-anchor="end">{tick}</text>')
    body += [
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">weight w</text>',
        f'<text transform="translate(20 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">cost C(w)</text>',
        line([at(*point) for point in zip(w, cost(w), strict=True)], "curve"),
        line(steps, "path"),
        *(f'<circle class="step" cx="{x}" cy="{y}" r="4.5"/>' for x, y in steps),
        f'<circle class="least" cx="{least_x}" cy="{least_y}" r="6"/>',
        f'<text x="{x0 + 12}" y="{y0 + 4}">initial weight</text>',
        f'<text x="{least_x}" y="{least_y - 40}" text-anchor="middle">global minimum</text>',
    ]
    return FIGURE.format(width=WIDTH, height=HEIGHT, left=LEFT, title=title, body="\n".join(body))


def main(file="cost_against_weight.svg"):
    """Print the steps and the effect of the rate, write the figure, and return the numbers."""
    path = descend(RATE)
    print(f"y = 2 x, one weight, rate {RATE}")
    print("step    weight     slope      cost")
    for step in (0, 1, 2, 3, 5, 10, STEPS):
        w = path[step]
        print(f"{step:4d} {w:9.4f} {slope(w):9.4f} {cost(w):9.4f}")

    print(f"\nthe rate decides: the weight after {STEPS} steps from {START}, best is 2")
    ends = {rate: float(descend(rate)[-1]) for rate in RATES}
    words = ("too small: slow", "good", "near the best", "overshoots, but arrives", "too large: runs away")
    for (rate, end), word in zip(ends.items(), words, strict=True):
        print(f"  rate {rate:<5} w = {end:8.4f}   {word}")

    difference = float(np.abs(path - descend_in_the_library(RATE)).max())
    print(f"\nthe library takes the same steps: largest difference {difference:.1e}")
    Path(file).write_text(figure(path, f"The cost against one weight, learning rate {RATE}"), encoding="utf-8")
    print(f"the curve and the steps are drawn in {Path(file).name}")
    return {"path": path, "costs": cost(path), "ends": ends, "difference": difference}


if __name__ == "__main__":
    main(*sys.argv[1:2])
