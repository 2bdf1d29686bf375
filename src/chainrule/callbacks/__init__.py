"""What looks on, and may act, while a model trains.

    model.fit(X, y, epochs=100, validation_split=0.2, callbacks=[EarlyStopping(patience=5), CSVLogger("log.csv")])

A callback of your own: derive from `Callback` and define the hooks you need.
"""

from __future__ import annotations

from chainrule.callbacks.backup import BackupAndRestore
from chainrule.callbacks.base import Callback, CallbackList
from chainrule.callbacks.checkpoint import ModelCheckpoint
from chainrule.callbacks.functions import LambdaCallback
from chainrule.callbacks.history import History
from chainrule.callbacks.log import CSVLogger
from chainrule.callbacks.progress import ProgressBar
from chainrule.callbacks.record import RunRecorder
from chainrule.callbacks.schedule import LearningRateScheduler, ReduceLROnPlateau
from chainrule.callbacks.series_recorder import SeriesRecorder
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
    "RunRecorder",
    "SeriesRecorder",
    "TerminateOnNaN",
]
