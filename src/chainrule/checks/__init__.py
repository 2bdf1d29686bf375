"""Proofs of gradients: of an operation (`numeric`), a layer (`check_layer`), a model (`model.check_gradients`)."""

from __future__ import annotations

from chainrule.checks.layer import check_layer
from chainrule.checks.report import Checked, Report

__all__ = ["Checked", "Report", "check_layer"]
