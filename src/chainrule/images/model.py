"""ImageModel: a network that takes image files and answers with the names of its classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError, ModelFileError
from chainrule.images.contract import ImageContract, is_image_contract, winners
from chainrule.images.findings import Finding
from chainrule.images.fitting import (
    MOST_PICTURES,
    Request,
    files_in,
    fit_images,
    opened_folder,
    probabilities_of,
    scores_of_rows,
    wrong_ones,
    wrong_rows,
)
from chainrule.images.folder import Listing, list_folder
from chainrule.images.from_directory import looked_at
from chainrule.images.recipe import Choices
from chainrule.images.sheets import write_sheets
from chainrule.images.store import ImageStore, look_at
from chainrule.tables.judged import Judged


class ImageModel:
    """A network, the contract that turns image files into its inputs, and the report of its training.

    Made by `ImageModel.fit` and `ImageModel.load`.

    Parameters
    ----------
    network : Model
    contract : ImageContract
    report : dict, optional
        See the attribute.
    judged : Judged, optional
        See the attribute.

    Attributes
    ----------
    network : Model
        An ordinary chainrule model of bytes (rows, height, width, channels).
    contract : ImageContract
        Size, colours, classes.
    report : dict
        Plain values that JSON can hold: "classes", "class_counts", "images" (how many were read and held out), "sizes",
        "settings", "epochs", "best_epoch", "history", "scored_on" ("test", "validation" or None), "scores",
        "baselines", "wrong" (files, true and predicted class), "files" and "notes" (sentences), "seed", "seconds".
    judged : Judged or None
        The right classes and the answers that "scores" was taken of, for figures; `save` leaves them out.
    """

    def __init__(
        self,
        network: Any,
        contract: ImageContract,
        report: dict[str, Any] | None = None,
        judged: Judged | None = None,
    ):
        self.network, self.contract, self.report, self.judged = network, contract, report or {}, judged

    @classmethod
    def fit(
        cls,
        directory: Any,
        *,
        size: Any = None,
        color_mode: str | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        optimizer: Any = None,
        learning_rate: float | None = None,
        augment: bool | None = None,
        validation_split: float | None = 0.2,
        test: float | None = 0.2,
        seed: int = 0,
        in_memory: bool | None = None,
        verbose: Any = 0,
        callbacks: Any = (),
    ) -> ImageModel:
        """Train on a folder that has a subfolder of images for each class; what is not said is chosen.

        Ctrl-C ends the training and keeps the best epoch's weights; `report["interrupted"]` then is True.

        Parameters
        ----------
        directory : str or path
        size : tuple of int, optional
            (height, width) that every image is brought to; by default the one that all have.
        color_mode : {"rgb", "grayscale", "rgba"}, optional
            Gray where no image has colours, by default.
        epochs : int, optional
            The most epochs; the best one's weights are kept.
        batch_size : int, optional
        optimizer : str or Optimizer, optional
        learning_rate : float, optional
        augment : bool, default True
            Whether each image is moved, turned and zoomed a little in training.
        validation_split : float, default 0.2
            The share of the training images that says when to stop; 0 for none.
        test : float, default 0.2
            The share of the images held out for the score, each class evenly; 0 for none.
        seed : int, default 0
            The same seed gives the same model.
        in_memory : bool, optional
            Whether images are decoded once and kept; found out by their size.
        verbose : {0, 1, 2, "auto"}, default 0
        callbacks : list of Callback, optional

        Raises
        ------
        DataError
            If the folder can't be learnt from: one sentence that says why.
        ArgumentError
            If an argument can't be used.
        MissingExtraError
            If Pillow is not installed.
        NonFiniteLoss
            If the loss became NaN or infinite.
        """
        choices = Choices(epochs, batch_size, optimizer, learning_rate, augment)
        request = Request(choices, size, color_mode, test, validation_split, seed, in_memory, verbose, callbacks)
        return cls(*fit_images(opened_folder(directory, request), request))

    def predict(self, source: Any, findings: list[Finding] | None = None) -> dict[str, np.ndarray]:
        """Return the answers for image files as columns: "file", "prediction", and `probability_…` for each class.

        Parameters
        ----------
        source : str, path, or list of them
            Files, and folders of files. A file that can't be read has no row.
        findings : list of Finding, optional
            To which is added what was found in files: left out, or changed.

        Raises
        ------
        DataError
            If there is no such file, or none that can be read.
        """
        names, found = files_in(source)
        listing = Listing("", names, None, [], found)
        listing, _ = look_at(listing)
        if not listing.files:
            raise _none_read(listing)
        store = ImageStore(listing, self.contract.form, in_memory=False)
        P, rows = probabilities_of(self.network, store, np.arange(len(listing.files)))
        if findings is not None:
            findings += sorted({*listing.findings, *store.findings})
        files = np.array([listing.files[row] for row in rows], dtype=object)
        return {"file": files} | self.contract.decode(P)

    def evaluate(self, directory: Any) -> dict[str, Any]:
        """Return the scores on a folder with a subfolder for each class that the model knows.

        Returns
        -------
        dict
            "score" with its 95 % interval, "accuracy", "balanced_accuracy", "auc", "log_loss", "confusion",
            "baselines", "wrong" (the images taken for another class), "findings".

        Raises
        ------
        DataError
            If it is no such folder, or has a class that the model doesn't know.
        """
        P, y, rows, store = self._answers(directory)
        files = [store.listing.files[row] for row in rows]
        scores = scores_of_rows(P, y, self.contract.classes, self.report.get("class_shares"))
        wrong = wrong_ones(P, y, files, self.contract.classes)
        n_wrong = int((winners(P) != y).sum())
        findings = sorted({*store.listing.findings, *store.findings})
        return scores | {"wrong": wrong, "n_wrong": n_wrong, "findings": findings}

    def judge(self, directory: Any) -> Judged:
        """Return the right classes of a folder's images and the answers: what `chainrule.plots` draws its figures of.

        Raises
        ------
        DataError
            If it is no folder with a subfolder for each class, or has a class that the model doesn't know.
        """
        P, y, rows, store = self._answers(directory)
        pictures, _ = store.take(rows[wrong_rows(P, y)[:MOST_PICTURES]])
        return Judged("given", y, P, list(pictures))

    def _answers(self, directory: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, ImageStore]:
        """Return probabilities, right classes and rows of a folder's images, and their store."""
        listing, _ = looked_at(list_folder(directory))
        unknown = [name for name in listing.class_names if name not in self.contract.classes]
        if unknown:
            raise DataError(
                f"{listing.folder} has the class {unknown[0]!r}, which the model doesn't know; its classes: "
                f"{', '.join(self.contract.classes)}."
            )
        numbers = np.array([self.contract.classes.index(name) for name in listing.class_names])
        store = ImageStore(listing, self.contract.form, in_memory=False)
        P, rows = probabilities_of(self.network, store, np.arange(len(listing.files)))
        return P, numbers[np.asarray(listing.labels)[rows]], rows, store

    def show(self, directory: Any, folder: Any) -> list[Path]:
        """Write contact sheets into a folder, and return their paths.

        "filters.png" has the first convolution's filters, "feature_maps.png" what each layer makes of an image,
        "wrong.png" images that were held out and taken for another class, and "wrong_cat_as_dog.png" those of a pair
        of classes, under the names of their files.

        Parameters
        ----------
        directory : str or path
            Where the images are that it was trained on.
        folder : str or path
            Made if it is not there.

        Raises
        ------
        DataError
            If an image is no longer there, or the folder can't be made.
        ModelFileError
            If a sheet can't be written.
        """
        return write_sheets(self.network, self.contract, self.report, directory, folder)

    def save(self, path: Any, overwrite: bool = True) -> Path:
        """Write network, contract and report into one `.safetensors` file and return its path.

        Raises
        ------
        ModelFileError
            If it can't be written; a file that was there before is then untouched.
        """
        from chainrule.saving import save_model

        self.network.data_contract, self.network.scores = self.contract.to_dict(), self.report
        return save_model(self.network, path, overwrite=overwrite)

    @classmethod
    def load(cls, path: Any) -> ImageModel:
        """Return the model that `save` wrote; its predictions are the same to the bit.

        Raises
        ------
        ModelFileError
            If there is no such file, it is damaged, or holds a network that was not trained from images.
        """
        from chainrule.saving import load_model

        network = load_model(path)
        if not is_image_contract(network.data_contract):
            raise ModelFileError(
                f"{path} holds a network that was not trained from a folder of images; train one with ImageModel.fit."
            )
        contract = ImageContract.from_dict(network.data_contract)
        if tuple(network.inputs[0].shape[1:]) != contract.form.shape or network.output_shape[1:] != (
            len(contract.classes),
        ):
            raise ModelFileError(
                f"{path} is damaged: its network takes {network.inputs[0].shape[1:]} and gives "
                f"{network.output_shape[1:]}, and its contract has {contract.form.shape} and {len(contract.classes)}."
            )
        return cls(network, contract, network.scores)

    def __repr__(self) -> str:
        height, width, channels = self.contract.form.shape
        scores, shown = self.report.get("scores"), ""
        if scores:
            shown = f": accuracy {scores['accuracy']:.3f} on {scores['rows']:,} {self.report['scored_on']} images"
        return f"<ImageModel of {len(self.contract.classes)} classes, {height} × {width} × {channels}{shown}>"


def _none_read(listing: Listing) -> DataError:
    if not listing.findings:
        return DataError("There are no images to predict: no file was named, or the folders are empty.")
    first = listing.findings[0]
    reason = first.reason or f"{first.file} is no image by its name."
    return DataError(f"None of the files can be read as an image. {reason}")
