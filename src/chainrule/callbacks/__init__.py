"""What looks on, and may act, while a model trains."""

from __future__ import annotations

from chainrule.callbacks.base import Callback, CallbackList, History, LambdaCallback
from chainrule.callbacks.checkpoint import BackupAndRestore, ModelCheckpoint
from chainrule.callbacks.log import CSVLogger
from chainrule.callbacks.progress import ProgressBar
from chainrule.callbacks.schedule import LearningRateScheduler, ReduceLROnPlateau
from chainrule.callbacks.stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgressBar",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
