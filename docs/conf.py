"""How the site is built: Markdown pages, docstrings by numpydoc, formulas as MathML; nothing from another host."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed

sys.path.insert(0, os.path.abspath("_ext"))

project = "chainrule"
author = "chainrule developers"
copyright = "chainrule developers"
version = release = installed("chainrule")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "plain_docstrings",
    "numpydoc",
    "myst_parser",
    "mathml",
    "optional_pages",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["site", "_ext", "_static", "**/.ipynb_checkpoints"]

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "chainrule"
html_static_path = ["_static"]
html_css_files = ["formula.css"]
