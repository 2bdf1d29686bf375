"""The building blocks of networks, under Keras' names."""

from __future__ import annotations

import chainrule.ops  # noqa: F401 (fills the registry that layers name operations of)
from chainrule.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from chainrule.layers.base import LAYERS, Layer, get
from chainrule.layers.batch_normalization import BatchNormalization
from chainrule.layers.dense import Dense
from chainrule.layers.embedding import Embedding
from chainrule.layers.input import Input, InputLayer
from chainrule.layers.layer_normalization import LayerNormalization
from chainrule.layers.merge import Add, Average, Concatenate, Maximum, Multiply, Subtract
from chainrule.layers.merge_functions import add, average, concatenate, maximum, multiply, subtract
from chainrule.layers.noise import Dropout, GaussianNoise
from chainrule.layers.normalization import Normalization, Rescaling
from chainrule.layers.prelu import PReLU
from chainrule.layers.shape import Flatten, Reshape

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "Add",
    "Average",
    "BatchNormalization",
    "Concatenate",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Maximum",
    "Multiply",
    "Normalization",
    "PReLU",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "get",
    "maximum",
    "multiply",
    "subtract",
]
