"""`load` and `names`: the one list of all data sets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from chainrule.datasets import made
from chainrule.datasets.bundled import TABLES, load_bundled
from chainrule.datasets.dataset import Dataset
from chainrule.datasets.fashion_mnist import load_fashion_mnist
from chainrule.datasets.mnist import load_mnist
from chainrule.datasets.tables import load_pima, load_titanic
from chainrule.errors import ArgumentError, nearest, unknown_name

LOADERS: dict[str, Callable[..., Dataset]] = {
    "xor": made.xor,
    "spirals": made.spirals,
    "moons": made.moons,
    "circles": made.circles,
    "surface": made.surface,
    **{name: partial(load_bundled, name) for name in TABLES},
    "pima": load_pima,
    "mnist": load_mnist,
    "fashion_mnist": load_fashion_mnist,
    "titanic": load_titanic,
}


def names() -> list[str]:
    """Return the names that `load` knows, sorted.

    Examples
    --------
    >>> names()[:3]
    ['breast_cancer', 'circles', 'diabetes']
    """
    return sorted(LOADERS)


def load(name: str, **options: Any) -> Dataset:
    """Return a named example data set.

    Made on the spot: `xor`, `spirals`, `moons`, `circles`, `surface`. From scikit-learn: `breast_cancer`, `digits`,
    `wine`, `iris`, `diabetes`. From files, in the folder named by CHAINRULE_DATA or fetched once: `pima`, `titanic`,
    `mnist`, `fashion_mnist`.

    Parameters
    ----------
    name : str
        One of `names()`.
    **options
        Made sets take `n` (rows), `noise` and `seed`, spirals `classes` too; mnist and fashion_mnist take `split`; the
        others none.

    Returns
    -------
    Dataset
        Which unpacks into `X, y`.

    Raises
    ------
    ArgumentError
        If the name or an option is not known, or an option has a value that can't be used.
    DataError
        If files can't be found, fetched or read.
    MissingExtraError
        If scikit-learn or pooch is needed and not installed.

    Examples
    --------
    >>> X, y = load("moons", n=100, noise=0.2, seed=7)
    >>> X.shape, y.tolist()[:5]
    ((100, 2), [1, 1, 1, 0, 1])
    """
    if name not in LOADERS:
        raise unknown_name("data set", name, LOADERS)
    loader = LOADERS[name]
    known = list(inspect.signature(loader).parameters)
    for option in options:
        if option not in known:
            takes = f"Its options are {', '.join(known)}" if known else "It has none"
            raise ArgumentError(f"load({name!r}) has no option {option!r}.{nearest(option, known)} {takes}.")
    return loader(**options)
