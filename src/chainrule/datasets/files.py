"""Where the files of a data set are: in the folder named by CHAINRULE_DATA, else fetched once and kept.

The folder has one sub-folder for each data set, `pima/`, `titanic/`, `mnist/`, `fashion_mnist/`. A file that is not
there is fetched with pooch into the user's cache, and refused unless its checksum is the one written here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from chainrule.errors import DataError, MissingExtraError, unknown_name

VARIABLE = "CHAINRULE_DATA"

_TABLES = "https://raw.githubusercontent.com/jbrownlee/Datasets/d20fcb6402ae34e653d4513b00f39257bb37ed7f"
_TITANIC = (
    "https://raw.githubusercontent.com/ageron/handson-ml2/1e2115277b50f6c584cd668fa30e3af309a5b136/datasets/titanic"
)
_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"
_FASHION = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141"
    "/data/fashion"
)


class Remote(NamedTuple):
    """One file: its name in the folder, where it can be fetched, and the checksum of what is fetched."""

    file: str
    url: str
    checksum: str


FILES: dict[str, tuple[Remote, ...]] = {
    "pima": (
        Remote(
            "pima-indians-diabetes.csv",
            f"{_TABLES}/pima-indians-diabetes.csv",
            "sha256:6bfe5d0f379d17a0e0819b996407e3c09bf80febd4287f2ed212190dfff154af",
        ),
    ),
    "titanic": (
        Remote(
            "titanic_train.csv",
            f"{_TITANIC}/train.csv",
            "sha256:14769fb1850e2d26d8e6db0ee49c213878040432827e39b13caaa15603c6598f",
        ),
    ),
    # The checksums of the files as their makers packed them; `mnist.py` checks the contents, however they were packed.
    "mnist": tuple(
        Remote(file, f"{_MNIST}/{file}", f"md5:{md5}")
        for file, md5 in {
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        }.items()
    ),
    "fashion_mnist": tuple(
        Remote(file, f"{_FASHION}/{file}", f"md5:{md5}")
        for file, md5 in {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        }.items()
    ),
}


def path(name: str) -> Path:
    """Return where the raw file of a data set is, and fetch it if it is not there yet.

    Use it for what `load` leaves out: `pandas.read_csv(path("titanic"))` has all twelve columns.

    Parameters
    ----------
    name : {"pima", "titanic", "mnist", "fashion_mnist"}
        Which data set.

    Returns
    -------
    pathlib.Path
        The CSV file; for "mnist" and "fashion_mnist" the train images, with the other three files beside them.

    Raises
    ------
    ArgumentError
        If no data set of that name is kept in files.
    DataError
        If CHAINRULE_DATA names no folder, or the file can't be fetched.
    MissingExtraError
        If the file must be fetched and pooch is not installed.
    """
    if name not in FILES:
        raise unknown_name("data set in files", name, FILES)
    first, *_ = [find(name, remote) for remote in FILES[name]]
    return first


def find(name: str, remote: Remote) -> Path:
    """Return where one file of a data set is, and fetch it if it is not there yet; raises as `path` does."""
    folder = os.environ.get(VARIABLE)
    if folder:
        if not Path(folder).is_dir():
            raise DataError(
                f"{VARIABLE} names {folder!r}, which is no folder: correct it, or unset it to fetch the data."
            )
        local = Path(folder) / name / remote.file
        if local.is_file():
            return local
    return _fetch(name, remote)


def _fetch(name: str, remote: Remote) -> Path:
    """Return the file from the user's cache, fetched with pooch when it is not there or damaged."""
    instead = f"put {name}/{remote.file} into a folder and name that folder in the environment variable {VARIABLE}."
    try:
        import pooch
    except ImportError as error:
        raise MissingExtraError(
            f'Fetching the data set {name!r} needs pooch: pip install "chainrule[datasets]" brings it; or {instead}'
        ) from error
    pooch.get_logger().setLevel("ERROR")  # it reports each try on stderr; our own sentence says what came of it
    try:
        folder = Path(pooch.os_cache("chainrule")) / name
        return Path(pooch.retrieve(remote.url, remote.checksum, fname=remote.file, path=folder))
    except OSError as error:  # no network, no such page, no room on the disk: requests' errors are OSErrors too
        # urllib3 nests its reasons; the innermost, after the last colon, is the one that a person can use.
        innermost = str(error).rsplit(": ", 1)[-1].strip("\"')")
        reason = f"{type(error).__name__}: {innermost}"
        raise DataError(f"The data set {name!r} could not be fetched ({reason}): go online, or {instead}") from None
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DataError(
            f"What was fetched from {remote.url} is not the data set {name!r}, its checksum differs: "
            f"try again, or {instead}"
        ) from error
