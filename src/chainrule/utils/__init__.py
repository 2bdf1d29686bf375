"""Small helpers around a model: labels, seeds, splits, batch sources."""

from chainrule.floatx import floatx, set_floatx
from chainrule.random import set_random_seed
from chainrule.utils.arrays import normalize, to_categorical
from chainrule.utils.sequence import PyDataset, Sequence
from chainrule.utils.split import split, split_indices

__all__ = [
    "PyDataset",
    "Sequence",
    "floatx",
    "normalize",
    "set_floatx",
    "set_random_seed",
    "split",
    "split_indices",
    "to_categorical",
]
