"""TableModel: a network that takes raw rows and answers in the table's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import ModelFileError, NotReadyError
from chainrule.tables.answers import SIMPLEST_NAMES, baseline, score, simplest, true_values
from chainrule.tables.by_block import answers_by_block, outputs_of
from chainrule.tables.contract import DataContract
from chainrule.tables.fitting import Request, fit_table
from chainrule.tables.judged import Judged
from chainrule.tables.large import LargeTable
from chainrule.tables.read import read_table
from chainrule.tables.recipe import Choices
from chainrule.tables.restarts import PASS

#: Columns of which the report in the file keeps the decisions: a file has bounds, and its contract has them all.
MOST_COLUMNS = 1_000


class TableModel:
    """A network, the data contract that turns raw rows into its inputs, and the report of its training.

    Made by `TableModel.fit` and `TableModel.load`.

    Parameters
    ----------
    network : Model
    contract : DataContract
    report : dict, optional
        See the attribute.
    judged : Judged, optional
        See the attribute.

    Attributes
    ----------
    network : Model
        An ordinary chainrule model of encoded rows.
    contract : DataContract
        `contract.encode(table)` are the network's inputs.
    report : dict
        Plain values that JSON can hold: "target", "task", "classes", "class_shares", "rows", "columns" (what was
        decided about each), "features", "scored_on" ("test", "folds", "out_of_fold" or None), "scores", "baselines",
        "folds", "candidates" (the kinds of network, and the share of each), "networks" (how each was trained, with its
        history), "settings", "notes", "seed", "seconds", "interrupted", "scoring_interrupted".
    judged : Judged or None
        The right values and the answers that "scores" was taken of, for figures; `save` leaves them out.

    Examples
    --------
    >>> n = np.arange(60)
    >>> table = {"x": n % 20, "color": np.where(n % 2, "red", "blue"), "ripe": np.where(n % 20 > 9, "yes", "no")}
    >>> model = TableModel.fit(table, target="ripe", layers=[8], learning_rate=0.05)
    >>> model
    <TableModel of 'ripe' (binary), from 2 columns: accuracy 1.000 on 12 test rows>
    >>> model.predict({"color": ["red", "blue"], "x": [1, 18]})["prediction"].tolist()
    ['no', 'yes']
    """

    def __init__(
        self,
        network: Any,
        contract: DataContract,
        report: dict[str, Any] | None = None,
        judged: Judged | None = None,
    ):
        self.network, self.contract, self.report, self.judged = network, contract, report or {}, judged

    @classmethod
    def fit(
        cls,
        table: Any,
        target: str | int = "last",
        *,
        task: str | None = None,
        layers: Any = None,
        activation: str | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        optimizer: Any = None,
        learning_rate: float | None = None,
        validation_split: float | None = None,
        test: float | None = 0.2,
        folds: int | None = None,
        seed: int = 0,
        restarts: int | None = None,
        positive: str | None = None,
        class_weight: str | None = None,
        verbose: Any = 0,
        callbacks: Any = None,
    ) -> TableModel:
        """Train on a table; what is not said is chosen (`chainrule.tables.recipe` says how, and why).

        Ctrl-C ends the training and keeps the best network so far; `report["interrupted"]` then is True.

        Parameters
        ----------
        table : Table, data frame, dict of columns, or a file's name
            As `read_table` takes it. A `LargeTable` (`open_table`) is trained from disk: one network, which reads the
            file in each epoch; columns and scales are learnt from a sample, and test rows drawn by row number.
        target : str or int, default "last"
            The column to predict: its name, its number from 0, or "last".
        task : str, optional
            "binary", "multiclass" or "number"; found out by default.
        layers : list of int, optional
            The units of each hidden layer; [] for none. By default two kinds of network and a linear model are trained
            and put together. With layers it is one network of just these.
        activation : str, optional
            Of the hidden layers.
        epochs : int, optional
            The most epochs; where rows are held out the best epoch's weights are kept.
        batch_size : int, optional
        optimizer : str or Optimizer, optional
        learning_rate : float, optional
        validation_split : float, optional
            The share of the training rows held out to say when to stop; 0 for none. By default each restart holds
            another fifth out.
        test : float, default 0.2
            The share of rows held out for the score, each class evenly; 0 for none. Then, and of fewer than 20 rows,
            the score is that of the rows held out in training.
        folds : int, optional
            Score by cross-validation with so many folds instead; the model itself then learns from all rows.
        seed : int, default 0
            The same seed gives the same model.
        restarts : int, optional
            How many networks of each kind are trained. With `layers` the best of them stays, else all are averaged.
        positive : str, optional
            Of two classes the one whose probability the network gives.
        class_weight : {"balanced"}, optional
            Let all classes weigh the same in training, for a class that is rare and must be found; the probabilities
            are then no longer those of the rows.
        verbose : {0, 1, 2, "auto"}, default 0
            Above 0, a line a network; one or two networks show their own progress.
        callbacks : list of Callback, optional
            For every network that is trained.

        Raises
        ------
        DataError
            If the table can't be read or learnt from: one sentence that says why.
        ArgumentError
            If an argument can't be used.
        NonFiniteLoss
            If every network's loss became NaN or infinite.
        """
        choices = Choices(
            layers, activation, epochs, batch_size, optimizer, learning_rate, validation_split, restarts, class_weight
        )
        given = callbacks if isinstance(callbacks, (list, tuple)) else [] if callbacks is None else [callbacks]
        request = Request(choices, test, folds, seed, verbose, given)
        if isinstance(table, LargeTable):
            from chainrule.tables.from_disk import fit_from_disk

            return cls(*fit_from_disk(table, target, task, positive, request))
        return cls(*fit_table(table, target, task, positive, request))

    def predict(self, table: Any, notes: list[str] | None = None) -> dict[str, np.ndarray]:
        """Return the answers for raw rows as columns: "prediction", and `probability_…` for each class.

        Parameters
        ----------
        table : as in `fit`
            Rows with the columns that the model was trained on, by name and in any order.
        notes : list of str, optional
            To which sentences are added: extra columns, new categories.

        Raises
        ------
        DataError
            If columns are missing, or hold another kind of values.
        """
        return self.contract.decode(self._outputs(table, notes))

    def predict_proba(self, table: Any) -> np.ndarray:
        """Return the probability of each class, (rows, classes), in the order of `contract.classes`.

        Raises
        ------
        NotReadyError
            If the model predicts a number.
        """
        if self.contract.task == "number":
            raise NotReadyError(
                f"{self.contract.target.name!r} is a number, which has no probabilities; call predict instead."
            )
        decoded = self.predict(table)
        return np.stack([decoded[f"probability_{name}"] for name in self.contract.classes or []], axis=1)

    def evaluate(self, table: Any) -> dict[str, Any]:
        """Return the scores on raw rows whose answer is known, beside the baseline.

        Rows without a target are left out; "rows" says how many were scored. On the rows that the model was trained on
        the score is too good.

        Returns
        -------
        dict
            "task", "rows", "score" ("name", "value", and the 95 % interval's "low" and "high"), "baselines", "notes".
            For classes also "accuracy", "balanced_accuracy", "auc", "log_loss", "classes", "confusion", "per_class";
            for numbers "r2", "rmse", "mae", "mean_error".

        Raises
        ------
        DataError
            If columns are missing, the target among them, or no row has a target.
        """
        table, notes = table if isinstance(table, LargeTable) else read_table(table), []
        y, said = answers_by_block(self.network, self.contract, table, notes)
        values = true_values(self.contract, y)
        scores = score(self.contract, values, said)
        shares = self.report.get("class_shares")
        baselines = []
        if self.contract.task == "number" or shares:
            said = simplest(self.contract, shares, len(y))
            baselines = [baseline(SIMPLEST_NAMES[self.contract.task], score(self.contract, values, said))]
        return scores | {"baselines": baselines, "notes": notes}

    def judge(self, table: Any) -> Judged:
        """Return the right values of raw rows and the answers for them: what `chainrule.plots` draws its figures of.

        Raises
        ------
        DataError
            If columns are missing, the target among them, or no row has a target.
        """
        table = table if isinstance(table, LargeTable) else read_table(table)
        y, said = answers_by_block(self.network, self.contract, table, [])
        return Judged("given", true_values(self.contract, y), said)

    def _outputs(self, table: Any, notes: list[str] | None) -> np.ndarray:
        table = table if isinstance(table, LargeTable) else read_table(table)
        return outputs_of(self.network, self.contract, table, notes, PASS)

    def save(self, path: Any, overwrite: bool = True) -> Path:
        """Write network, contract and report into one `.safetensors` file and return its path.

        Raises
        ------
        ModelFileError
            If it can't be written; a file that was there before is then untouched.
        """
        from chainrule.saving import save_model

        self.network.data_contract = self.contract.to_dict()
        self.network.scores = self.report | {"columns": self.report.get("columns", [])[:MOST_COLUMNS]}
        return save_model(self.network, path, overwrite=overwrite)

    @classmethod
    def load(cls, path: Any) -> TableModel:
        """Return the model that `save` wrote; its predictions are the same to the bit.

        Raises
        ------
        ModelFileError
            If there is no such file, it is damaged, or holds a network that was not trained from a table.
        """
        from chainrule.saving import load_model

        network = load_model(path)
        if network.data_contract is None:
            raise ModelFileError(
                f"{path} holds a network without a data contract, so it takes numbers, not tables: load it with "
                "chainrule.load_model, or train one with TableModel.fit."
            )
        if network.data_contract.get("kind") == "images":
            raise ModelFileError(f"{path} holds a network of images, not of tables: load it with ImageModel.load.")
        contract = DataContract.from_dict(network.data_contract)
        _check_fit(network, contract, path)
        return cls(network, contract, network.scores)

    def __repr__(self) -> str:
        coder, scores = self.contract.target, self.report.get("scores")
        columns = f"{len(self.contract.columns)} column{'' if len(self.contract.columns) == 1 else 's'}"
        shown = ""
        if scores and scores["score"]["value"] is not None:
            held = {"test": "test rows", "folds": "rows in folds"}.get(self.report["scored_on"], "held-out rows")
            shown = f": {scores['score']['name']} {scores['score']['value']:.3f} on {scores['rows']:,} {held}"
        return f"<TableModel of {coder.name!r} ({coder.task}), from {columns}{shown}>"


def _check_fit(network: Any, contract: DataContract, path: Any) -> None:
    """Refuse a file whose network and contract are not of one table."""
    width = len(contract.classes or ()) if contract.task == "multiclass" else 1
    taken, given = network.built_shape, network.output_shape
    taken = taken[0] if isinstance(taken, list) else taken
    if tuple(taken[1:]) != (len(contract.feature_names),) or tuple(given[1:]) != (width,):
        raise ModelFileError(
            f"{path} is damaged: its network takes {taken[1:]} numbers and gives {given[1:]}, and its contract has "
            f"{len(contract.feature_names)} and {width}."
        )
