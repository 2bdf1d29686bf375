"""What `ImageModel.fit` does: hold images out, train, score, report."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arguments import check_choice, check_number
from chainrule.errors import DataError
from chainrule.images.ahead import default_workers, map_ahead
from chainrule.images.contract import ImageContract, winners
from chainrule.images.dataset import ImageDataset
from chainrule.images.findings import Finding, sentences
from chainrule.images.folder import Listing, files_below, images_among, list_folder
from chainrule.images.from_directory import common_size, looked_at
from chainrule.images.opening import CHANNELS, Look
from chainrule.images.recipe import OWNER, Choices, Recipe, network_for, recipe_for
from chainrule.images.sizes import check_size
from chainrule.images.store import Form, ImageStore
from chainrule.random import check_seed
from chainrule.tables.judged import Judged
from chainrule.tables.scores import score_classes
from chainrule.utils.split import split_indices

#: Fewer images than this are all learnt from: a test part of one or two tells nothing.
LEAST_TESTED = 20
#: Images in one pass of validation and prediction.
PASS = 256
#: So many of the images that it gets wrong are kept in the report, the surest first; and of so many the pixels.
MOST_WRONG, MOST_PICTURES = 200, 24
BASELINE = "majority class"


@dataclass(frozen=True)
class Request:
    """How images are read and held out, and who is told, beside what `Choices` says of the training.

    Raises
    ------
    ArgumentError
        If a value can't be used.
    """

    choices: Choices
    size: Any = None
    color_mode: str | None = None
    test: float | None = 0.2
    validation_split: float | None = 0.2
    seed: int = 0
    in_memory: bool | None = None
    verbose: Any = 0
    callbacks: Sequence[Any] = ()

    def __post_init__(self):
        check_seed(self.seed)
        for name in ("test", "validation_split"):
            if getattr(self, name) is not None:
                check_number(OWNER, name, getattr(self, name), 0, 1, below=True)
        if self.size is not None:
            object.__setattr__(self, "size", check_size(OWNER, "size", self.size))
        if self.color_mode is not None:
            check_choice(OWNER, "color_mode", self.color_mode, tuple(CHANNELS))


@dataclass(eq=False)
class Images:
    """A folder that was looked at: its images in one form, and what is to be said of its files."""

    store: ImageStore
    looks: list[Look]
    findings: list[Finding] = field(default_factory=list)

    @property
    def listing(self) -> Listing:
        """The images that can be used."""
        return self.store.listing


def opened_folder(directory: Any, request: Request, option: str = "size=(height, width)") -> Images:
    """Return the images of a folder with one subfolder a class, in the form that the request and their headers say.

    Raises
    ------
    DataError
        If it is no such folder, has one class only, or images of several sizes where none is asked for.
    """
    listing = list_folder(directory)
    if len(listing.class_names) < 2:
        raise DataError(
            f"{listing.folder} has one class, {listing.class_names[0]!r}: there is nothing to tell it from. Give each "
            "of at least two classes a subfolder."
        )
    listing, looks = looked_at(listing)
    size = request.size or common_size(listing.folder, looks, option)
    colours = request.color_mode or ("grayscale" if all(one.gray for one in looks) else "rgb")
    store = ImageStore(listing, Form(colours, size, "bilinear", "stretch"), request.in_memory)
    return Images(store, looks, [*listing.findings, *store.findings])


def fit_images(images: Images, request: Request) -> tuple[Any, ImageContract, dict[str, Any], Judged | None]:
    """Return the network, its contract, the report, and what the model said of the images that it was judged on."""
    started = time.perf_counter()
    listing, notes = images.listing, []
    contract = ImageContract(images.store.form, listing.class_names)
    learn, held, test = _parted(listing, request, notes)
    recipe = recipe_for(images.store.form.size, len(learn), request.choices)
    network = network_for(images.store.form.shape, len(contract.classes), recipe, request.seed)
    training = _train(network, images.store, learn, held, recipe, request)
    labels = np.asarray(listing.labels)
    shares = np.bincount(labels[learn], minlength=len(contract.classes)) / max(len(learn), 1)
    report = {
        "target": "class",
        "task": "multiclass",
        "classes": list(contract.classes),
        "class_counts": listing.counts(),
        "class_shares": shares.tolist(),
        "images": {"read": len(labels), "train": len(learn), "validation": len(held), "test": len(test)},
        "sizes": _sizes(images.looks),
        "settings": recipe.to_dict(),
        "in_memory": images.store.images is not None,
        "seed": request.seed,
        **training,
    }
    on = "test" if len(test) else "validation"
    found, judged = _judged(network, contract, images.store, on, test if len(test) else held, shares, notes)
    report |= {"scored_on": on if found["scores"] else None, **found}
    findings = {*images.findings, *images.store.findings}
    report |= {"files": sentences(findings), "notes": notes, "seconds": round(time.perf_counter() - started, 3)}
    return network, contract, report, judged


def _sizes(looks: Sequence[Look]) -> list[list[int]]:
    """Return the (height, width, count) of the files, the most frequent first, as the report keeps them."""
    counts = Counter(one.size for one in looks)
    return [[*size, n] for size, n in counts.most_common(10)]


def _parted(listing: Listing, request: Request, notes: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows to learn from, those that say when to stop, and those to test on; each class evenly."""
    learn, none = np.arange(len(listing.files)), np.zeros(0, np.int64)
    labels = np.asarray(listing.labels)
    held = test = none
    if request.test and len(learn) < LEAST_TESTED:
        notes.append(f"{len(learn)} images are too few to hold a test part out.")
    elif request.test:
        learn, test = (np.sort(part) for part in split_indices(len(learn), request.test, labels, request.seed))
    if request.validation_split and len(learn) >= 2 * len(listing.class_names):
        inner, outer = split_indices(len(learn), request.validation_split, labels[learn], request.seed)
        learn, held = learn[np.sort(inner)], learn[np.sort(outer)]
    return learn, held, test


def _train(network, store: ImageStore, learn, held, recipe: Recipe, request: Request) -> dict[str, Any]:
    from chainrule.callbacks import EarlyStopping

    stopping = EarlyStopping(patience=recipe.patience)
    callbacks = [*request.callbacks, *([stopping] if len(held) else [])]
    options = {"epochs": recipe.epochs, "verbose": request.verbose, "callbacks": callbacks}
    if store.images is not None:
        labels = np.asarray(store.listing.labels)
        validation = (store.images[held], labels[held]) if len(held) else None
        options |= {"batch_size": recipe.batch_size, "validation_batch_size": PASS, "validation_data": validation}
        history = network.fit(store.images[learn], labels[learn], **options)
    else:
        validation = ImageDataset(store, held, PASS, "int", False, request.seed) if len(held) else None
        training = ImageDataset(store, learn, recipe.batch_size, "int", True, request.seed)
        history = network.fit(training, validation_data=validation, **options)
    return {
        "epochs": len(history.epoch),
        "best_epoch": None if stopping.best_epoch is None else stopping.best_epoch + 1,
        "history": history.history,
        "interrupted": history.interrupted,
    }


def probabilities_of(network: Any, store: ImageStore, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of the classes for images, and the rows that they are of: damaged files have none."""
    parts = [rows[first : first + PASS] for first in range(0, len(rows), PASS)]
    workers = 0 if store.images is not None or len(parts) == 1 else default_workers()
    P, kept = [], []
    for X, there in map_ahead(store.take, parts, workers, workers + 1):
        if len(there):
            P.append(network.predict(X, batch_size=PASS))
            kept.append(there)
    if not kept:
        raise DataError(f"None of the files can be read as an image. {store.findings[0].reason}")
    return np.concatenate(P), np.concatenate(kept)


def scores_of_rows(
    P: np.ndarray, y: np.ndarray, classes: list[str], shares: Sequence[float] | np.ndarray | None
) -> dict[str, Any]:
    """Return the scores of probabilities, with those of the majority class beside them."""
    scores = {"task": "multiclass", "rows": len(y), **score_classes(P, y, classes)}
    if shares is None:
        return scores | {"baselines": []}
    simple = score_classes(np.tile(np.asarray(shares), (len(y), 1)), y, classes)
    return scores | {"baselines": [{"name": BASELINE, "score": simple["accuracy"], "log_loss": simple["log_loss"]}]}


def wrong_rows(P: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the rows that were taken for another class, the surest first."""
    said = winners(P)
    wrong = np.flatnonzero(said != y)
    return wrong[np.argsort(-P[wrong, said[wrong]], kind="stable")]


def wrong_ones(P: np.ndarray, y: np.ndarray, files: Sequence[str], classes: list[str]) -> list[dict[str, Any]]:
    """Return the images that were taken for another class, the surest first."""
    said = winners(P)
    return [
        {
            "file": files[row],
            "true": classes[y[row]],
            "predicted": classes[said[row]],
            "probability": float(P[row, said[row]]),
        }
        for row in wrong_rows(P, y)[:MOST_WRONG]
    ]


def _judged(
    network, contract, store: ImageStore, on: str, rows: np.ndarray, shares, notes: list[str]
) -> tuple[dict[str, Any], Judged | None]:
    """Return "scores", "baselines", "wrong", and the answers; Ctrl-C gives them up, and keeps the model."""
    nothing = {"scores": None, "baselines": [], "wrong": [], "n_wrong": 0, "example": store.listing.files[0]}
    if not len(rows):
        notes.append("There is no score: no image was held out.")
        return nothing, None
    try:
        P, rows = probabilities_of(network, store, rows)
    except KeyboardInterrupt:
        notes.append("Ctrl-C stopped the scoring: the model is whole, and has no score.")
        return nothing, None
    y, files = np.asarray(store.listing.labels)[rows], [store.listing.files[row] for row in rows]
    scores = scores_of_rows(P, y, contract.classes, shares)
    baselines = scores.pop("baselines")
    wrong = wrong_ones(P, y, files, contract.classes)
    n_wrong = int((winners(P) != y).sum())
    found = {"scores": scores, "baselines": baselines, "wrong": wrong, "n_wrong": n_wrong, "example": files[0]}
    pictures, _ = store.take(rows[wrong_rows(P, y)[:MOST_PICTURES]])
    return found, Judged(on, y, P, list(pictures))


def files_in(sources: Any) -> tuple[list[str], list[Finding]]:
    """Return the image files that names of files and folders mean, folders in the order of their sorted files."""
    files, findings = [], []
    for source in [sources] if isinstance(sources, (str, os.PathLike)) else list(sources):
        name = os.fspath(source)
        if os.path.isdir(name):
            files += images_among([os.path.join(name, file) for file in sorted(files_below(name))], findings)
        elif os.path.exists(name):
            files.append(name)
        else:
            raise DataError(f"There is no file {name}.")
    return files, findings
