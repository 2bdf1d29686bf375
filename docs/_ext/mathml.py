"""Formulas as MathML, made while the site is built: every browser draws it, offline and without a script."""

from __future__ import annotations

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)


def _mathml(node, display: str) -> str:
    """Return the MathML of a formula; a formula that can't be read is a warning, and so ends the build."""
    latex = node.astext()
    try:
        return convert(latex, display=display)
    except Exception as error:  # latex2mathml raises a dozen unrelated classes
        logger.warning("this formula can't be read: %s (%s: %s)", latex, type(error).__name__, error, location=node)
        return ""


def _visit_inline(translator, node):
    translator.body.append(_mathml(node, "inline"))
    raise SkipNode


def _visit_block(translator, node):
    translator.body.append(f'<div class="formula">{_mathml(node, "block")}</div>\n')
    raise SkipNode


def setup(app):
    """Register the renderer under the name that `html_math_renderer` chooses."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
