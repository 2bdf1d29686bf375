"""The plotting calls of tutorial 7: one that waits for a server, one that writes a figure, one that computes.

They stand in a module of their own, since the worker of a durable queue finds a function by the name of its module.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

#: Seconds that the server takes to answer: an upload keeps its thread waiting, and the interpreter free.
ANSWER_SECONDS = 0.04
#: Pixels of a side of the picture that is computed: every one is Python, which keeps the interpreter busy.
SIDE = 300


def upload(path, costs):
    """Send the curve to a server: that is waiting for its answer; here a file shows that it came."""
    time.sleep(ANSWER_SECONDS)
    Path(path).write_text("\n".join(map(str, costs)), encoding="utf-8")


def write_figure(path, costs):
    """Draw the curve with Plotly, and write it as a page; Plotly's own code stays outside of it."""
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(y=costs, mode="lines"), {"title": {"text": f"cost {costs[-1]:.4f}"}})
    figure.write_html(path, include_plotlyjs="cdn")


def compute_picture(path, costs):
    """Compute a picture, pixel by pixel, of rings whose number is that of the costs."""
    rows = []
    for y in range(SIDE):
        rows.append(bytes(int(127 + 127 * math.sin(math.hypot(x, y) * len(costs) / SIDE)) for x in range(SIDE)))
    Path(path).write_bytes(f"P5 {SIDE} {SIDE} 255\n".encode() + b"".join(rows))
