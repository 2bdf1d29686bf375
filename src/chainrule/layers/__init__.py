"""The building blocks of networks, under Keras' names."""

from __future__ import annotations

import chainrule.ops  # noqa: F401 (fills the registry that layers name operations of)
from chainrule.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from chainrule.layers.augmentation import RandomContrast, RandomCrop, RandomFlip
from chainrule.layers.augmentation_affine import RandomRotation, RandomTranslation, RandomZoom
from chainrule.layers.base import LAYERS, Layer, get
from chainrule.layers.batch_normalization import BatchNormalization
from chainrule.layers.conv_transpose import Conv2DTranspose, Convolution2DTranspose
from chainrule.layers.convolution import Conv1D, Conv2D, Convolution1D, Convolution2D
from chainrule.layers.dense import Dense
from chainrule.layers.depthwise import DepthwiseConv2D
from chainrule.layers.embedding import Embedding
from chainrule.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
)
from chainrule.layers.group_normalization import GroupNormalization
from chainrule.layers.input import Input, InputLayer
from chainrule.layers.layer_normalization import LayerNormalization
from chainrule.layers.merge import Add, Average, Concatenate, Maximum, Multiply, Subtract
from chainrule.layers.merge_functions import add, average, concatenate, maximum, multiply, subtract
from chainrule.layers.noise import Dropout, GaussianNoise
from chainrule.layers.normalization import Normalization, Rescaling
from chainrule.layers.padding import Cropping1D, Cropping2D, ZeroPadding1D, ZeroPadding2D
from chainrule.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AvgPool1D,
    AvgPool2D,
    MaxPool1D,
    MaxPool2D,
    MaxPooling1D,
    MaxPooling2D,
)
from chainrule.layers.prelu import PReLU
from chainrule.layers.rms_normalization import RMSNormalization
from chainrule.layers.separable import SeparableConv1D, SeparableConv2D, SeparableConvolution1D, SeparableConvolution2D
from chainrule.layers.shape import Flatten, Reshape
from chainrule.layers.spatial_dropout import SpatialDropout1D, SpatialDropout2D
from chainrule.layers.upsampling import UpSampling1D, UpSampling2D

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "Add",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AvgPool1D",
    "AvgPool2D",
    "BatchNormalization",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Convolution1D",
    "Convolution2D",
    "Convolution2DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GroupNormalization",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPooling1D",
    "MaxPooling2D",
    "Maximum",
    "Multiply",
    "Normalization",
    "PReLU",
    "RMSNormalization",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "Subtract",
    "UpSampling1D",
    "UpSampling2D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "add",
    "average",
    "concatenate",
    "get",
    "maximum",
    "multiply",
    "subtract",
]
