"""The data contract: what turns a raw row into numbers, and a network's numbers into an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule._version import __version__
from chainrule.arguments import check_choice
from chainrule.errors import DataError, ModelFileError, nearest
from chainrule.tables.encoders import Encoder, encoder_from_dict
from chainrule.tables.learning import learn_encoder
from chainrule.tables.profile import ColumnDecision, profile
from chainrule.tables.read import read_table
from chainrule.tables.strict import take
from chainrule.tables.table import N_NAMED, Table, missing_in
from chainrule.tables.target import TargetCoder, learn_target

#: The format that this release writes.
FORMAT = 1
NUMBERS = ("auto", "standard", "robust", "quantile")


@dataclass(frozen=True)
class DataContract:
    """Columns by name, how each becomes numbers, and what is predicted; plain data that JSON can hold.

    Made by `learn` from the training rows alone, so that nothing of the test rows leaks into a scale.

    Attributes
    ----------
    encoders : list of Encoder
        One for each column that is used, in the table's order.
    target : TargetCoder
        The target's name, task, classes and scale.
    versions : dict of str to str
        What it was written with.

    Examples
    --------
    >>> from chainrule.tables import read_table
    >>> table = read_table({"age": [20, 30, 40, 30], "ward": ["A", "B", "A", None], "ill": ["no", "yes", "yes", "no"]})
    >>> contract = DataContract.learn(table, "ill")
    >>> contract.feature_names
    ['age', 'ward=B', 'ward=missing']
    >>> contract.encode(table)[3].tolist()
    [0.0, 0.0, 1.0]
    >>> contract.decode([0.25])["prediction"].tolist()
    ['no']
    """

    encoders: list[Encoder]
    target: TargetCoder
    versions: dict[str, str] = field(default_factory=lambda: {"chainrule": __version__, "numpy": np.__version__})

    @classmethod
    def learn(
        cls,
        table: Any,
        target: str | int,
        task: str | None = None,
        decisions: Sequence[ColumnDecision] | None = None,
        *,
        numbers: str = "auto",
        positive: str | None = None,
        coder: TargetCoder | None = None,
    ) -> DataContract:
        """Return the contract that training rows ask for.

        Parameters
        ----------
        table : Table, data frame or what `read_table` takes
            The training rows; those without a target are left out.
        target : str or int
            The column to predict: its name, its number from 0, or "last".
        task : str, optional
            "binary", "multiclass" or "number"; found out by default.
        decisions : sequence of ColumnDecision, optional
            Which columns to use; `profile(table, target)` by default.
        numbers : str
            How numbers are scaled: "standard", "robust", "quantile", or "auto": robust where there are outliers.
        positive : str, optional
            Of two classes, the one whose probability is given; by default 1 of 0 and 1, yes of no and yes, else the
            later in the alphabet.
        coder : TargetCoder, optional
            The target's, where it was learnt before, from more rows than these.

        Raises
        ------
        DataError
            If there is no such target, nothing can be learnt from it, or no column is left to learn from.
        """
        table = read_table(table)
        check_choice("DataContract.learn", "numbers", numbers, NUMBERS)
        name = table.name_of(target)
        coder = coder or learn_target(name, table.columns[name], task, positive)
        gone = missing_in(table.columns[name])
        if gone.any():
            table = table.rows(~gone)
        decisions = profile(table, name) if decisions is None else decisions
        used = [decision for decision in decisions if decision.use and decision.name != name]
        if not used:
            reasons = "; ".join(f"{d.name}: {d.why.rstrip('.')}" for d in decisions[:3])
            raise DataError(
                f"No column of {table.source} is left to learn {name!r} from{f' ({reasons})' if reasons else ''}."
            )
        return cls([learn_encoder(decision, table[decision.name], numbers) for decision in used], coder)

    @property
    def task(self) -> str:
        """The task: "binary", "multiclass" or "number"."""
        return self.target.task

    @property
    def classes(self) -> list[str] | None:
        """The classes in the order of the network's outputs, None for a number."""
        return self.target.classes or None

    @property
    def columns(self) -> list[str]:
        """The columns that a row needs."""
        return [encoder.name for encoder in self.encoders]

    @property
    def feature_names(self) -> list[str]:
        """What the network's inputs are called."""
        return [name for encoder in self.encoders for name in encoder.feature_names]

    def encode(self, table: Any, notes: list[str] | None = None, release: bool = False) -> np.ndarray:
        """Return the network's inputs, (rows, features) in float32.

        Parameters
        ----------
        table : Table, data frame or what `read_table` takes
            Rows with the contract's columns by name, in any order.
        notes : list of str, optional
            To which sentences are added: extra columns, new categories.
        release : bool
            Take each column out of the table as it is encoded, so that both are never whole in memory. The table is of
            no use afterwards.

        Raises
        ------
        DataError
            If columns are missing, or hold another kind of values than the training table's.
        """
        table = read_table(table)
        notes = [] if notes is None else notes
        self._check_columns(table, notes)
        # Column after column lies together while columns are taken out; batches want row after row.
        X = np.empty((table.n_rows, len(self.feature_names)), np.float32, order="F" if release else "C")
        first = 0
        for encoder in self.encoders:
            last = first + len(encoder.feature_names)
            values = table.columns.pop(encoder.name) if release else table.columns[encoder.name]
            encoder.encode(values, X[:, first:last], notes)
            first = last
        del table
        return np.ascontiguousarray(X)

    def _check_columns(self, table: Table, notes: list[str]) -> None:
        absent = [name for name in self.columns if name not in table.columns]
        if absent:
            extra = [name for name in table.names if name not in self.columns]
            listed = ", ".join(map(repr, absent[:N_NAMED])) + (", …" if len(absent) > N_NAMED else "")
            raise DataError(
                f"{table.source} has no column{'s' if len(absent) > 1 else ''} {listed}, which the model was trained "
                f"on.{nearest(absent[0], extra)} Its columns: {', '.join(table.names[:N_NAMED])}."
            )
        extra = [name for name in table.names if name not in (*self.columns, self.target.name)]
        if extra:
            listed = ", ".join(extra[:N_NAMED]) + (", …" if len(extra) > N_NAMED else "")
            notes.append(f"Not used, since the model was trained without: {listed}.")

    def encode_target(self, table: Any, notes: list[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the target of the rows that have one, and the numbers of those rows.

        Parameters
        ----------
        table : Table, data frame or what `read_table` takes
        notes : list of str, optional
            To which is added how many rows were left out.

        Returns
        -------
        y : numpy.ndarray
            (kept,): 0 and 1 in float32 for two classes, the class' number in int64 for several, scaled float32 for
            numbers.
        keep : numpy.ndarray
            (kept,): the rows, int64.

        Raises
        ------
        DataError
            If there is no such column, no value in it, or a class that the training rows did not have.
        """
        table = read_table(table)
        return self.target.encode(table[self.target.name], [] if notes is None else notes)

    def decode(self, P: Any) -> dict[str, np.ndarray]:
        """Return a network's output as columns: "prediction", and for classes `probability_…` for each.

        Parameters
        ----------
        P : array_like
            (rows,) or (rows, 1) for two classes and for numbers, (rows, classes) for several.
        """
        return self.target.decode(P)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "format": FORMAT,
            "encoders": [encoder.to_dict() for encoder in self.encoders],
            "target": self.target.to_dict(),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Any) -> DataContract:
        """Return the contract that `to_dict` described.

        Raises
        ------
        ModelFileError
            If a value is missing, too many, or of another kind.
        """
        kinds = {"format": "whole", "encoders": "list", "target": "dict", "versions": "dict"}
        values = take(data, "the contract", kinds)
        if values["format"] != FORMAT:
            raise ModelFileError(
                f"The data contract has format {values['format']}, and this release reads {FORMAT}: "
                "install a newer chainrule."
            )
        take(values["versions"], "versions", dict.fromkeys(values["versions"], "text"))
        encoders = [encoder_from_dict(encoder) for encoder in values["encoders"]]
        target = TargetCoder.from_dict(values["target"])
        names = [encoder.name for encoder in encoders]
        if not names or len(set(names)) != len(names) or target.name in names:
            raise ModelFileError(
                "The data contract is damaged: it needs at least one column, each once, and not the target."
            )
        return cls(encoders, target, values["versions"])
