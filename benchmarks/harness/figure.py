"""The figure: every ratio beside its target, and the cost against rows, epochs and weights."""

from __future__ import annotations

from pathlib import Path

DECADES = ("rows", "epochs", "weights")


def write(path: Path, rows, scaling) -> bool:
    """Write the figure as one HTML file; return False where Plotly is not installed."""
    try:
        from plotly.subplots import make_subplots
    except ImportError:
        return False
    figure = make_subplots(
        rows=2,
        cols=3,
        specs=[[{"colspan": 3}, None, None], [{}, {}, {}]],
        row_heights=[0.65, 0.35],
        subplot_titles=["times as fast, or as small, as", *(f"seconds against {name}" for name in DECADES)],
    )
    _ratios(figure, [row for row in rows if row.value is not None])
    for column, name in enumerate(DECADES if scaling else (), start=1):
        amounts, seconds = zip(*scaling[name], strict=True)
        straight = [seconds[-1] * amount / amounts[-1] for amount in amounts]
        figure.add_scatter(x=amounts, y=seconds, mode="lines+markers", name=name, row=2, col=column)
        figure.add_scatter(x=amounts, y=straight, line={"dash": "dot"}, name="linear", row=2, col=column)
        figure.update_xaxes(type="log", row=2, col=column)
        figure.update_yaxes(type="log", row=2, col=column)
    figure.update_layout(height=1100, showlegend=False, template="plotly_white", margin={"l": 380})
    figure.write_html(path)
    return True


def _ratios(figure, rows) -> None:
    names = [f"{row.work} · {row.against}" for row in rows]
    figure.add_bar(x=[row.value for row in rows], y=names, orientation="h", row=1, col=1)
    aims = [(row.aim, name) for row, name in zip(rows, names, strict=True) if row.aim]
    marker = {"symbol": "line-ns-open", "size": 14, "color": "black"}
    figure.add_scatter(x=[x for x, _ in aims], y=[n for _, n in aims], mode="markers", marker=marker, row=1, col=1)
    figure.update_xaxes(type="log", row=1, col=1)
    figure.update_yaxes(autorange="reversed", row=1, col=1)
