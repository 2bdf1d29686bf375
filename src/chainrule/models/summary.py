"""`model.summary()`: the layers as a table, in text and in HTML."""

from __future__ import annotations

import html


def _rows(model):
    """Return (name and class, output shape, parameters, trainable) for every layer."""
    return [
        (
            f"{layer.name} ({type(layer).__name__})",
            str(layer.output_shape),
            f"{layer.count_params():,}",
            "" if layer.trainable else "frozen",
        )
        for layer in model.layers
    ]


def _totals(model) -> str:
    trainable = sum(weight.size for weight in model.trainable_weights)
    total = model.count_params()
    kilobytes = total * (8 if model.dtype == "float64" else 4) / 1000
    return f"{total:,} parameters ({kilobytes:,.1f} kB of {model.dtype}), {trainable:,} of them trainable"


def _engine(model) -> str:
    return f"engine: {model.engine}"


def summary_text(model, line_length: int) -> str:
    """Return the table as lines of text."""
    if not model.built:
        lines = [f"{type(model).__name__} {model.name!r}: not built, since the input shape is not known yet"]
        return "\n".join([*lines, *(f"  {layer.name} ({type(layer).__name__})" for layer in model.layers)])
    numbers, shapes = 12, 24
    names = max(line_length - numbers - shapes - 8, 20)
    lines = [f"{type(model).__name__} {model.name!r}", "─" * line_length]
    lines.append(f"{'layer':<{names}}{'output shape':<{shapes}}{'parameters':>{numbers}}")
    lines.append("─" * line_length)
    for value in model.inputs:
        lines.append(f"{value.name + ' (Input)':<{names}}{value.shape!s:<{shapes}}{'0':>{numbers}}")
    for name, shape, count, frozen in _rows(model):
        shown = name if len(name) < names else name[: names - 2] + "…"
        lines.append(f"{shown:<{names}}{shape:<{shapes}}{count:>{numbers}} {frozen}".rstrip())
    return "\n".join([*lines, "─" * line_length, _totals(model), _engine(model)])


def summary_html(model) -> str:
    """Return the table as HTML that inherits the page's colours, so that it is readable in light and dark mode."""
    if not model.built:
        return f"<pre>{html.escape(summary_text(model, 78))}</pre>"
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in _rows(model))
    head = "<tr><th>layer</th><th>output shape</th><th>parameters</th><th></th></tr>"
    return (
        f"<table><caption>{html.escape(model.name)}: {html.escape(_totals(model))}; {_engine(model)}</caption>"
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )
