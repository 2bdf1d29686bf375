"""Proofs of gradients: of an operation, a layer, a whole model."""

from __future__ import annotations

from chainrule.checks.layer import check_layer
from chainrule.checks.report import Checked, Report

__all__ = ["Checked", "Report", "check_layer"]
