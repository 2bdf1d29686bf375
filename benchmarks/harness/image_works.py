"""The works on images, and how each peer may be set for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from harness.works import OURS, PATIENT, Peer

#: Eager or compiled, one step or a whole epoch a call: whatever is fastest counts.
COMPILED = ((), (PATIENT,), ("compiled",), ("compiled", PATIENT))
PYTORCH = Peer(
    "PyTorch",
    "pytorch",
    ("torch",),
    options={"image_train": COMPILED, "image_predict": COMPILED, "convolution": ((), (PATIENT,))},
)
JAX = Peer("JAX", "jax", ("jax",), options={"image_train": ((), ("epoch",))})
KERAS = tuple(
    Peer(
        f"Keras on {title}",
        "keras",
        ("keras", module),
        {"KERAS_BACKEND": module, "TF_CPP_MIN_LOG_LEVEL": "3"},
        {"image_train": ((), ("epoch",)), "image_predict": ((), ("call",))},
    )
    for title, module in (("TensorFlow", "tensorflow"), ("JAX", "jax"))
)
CHAINRULE = Peer(OURS, OURS, (OURS,))


@dataclass(frozen=True)
class ImageWork:
    """Something to time on images, with the fields of `works.Work` that the rounds look at.

    `kernels`: the shapes of all kernels in the order in which the network has them, (height, width, in, out) or
    (in, out); `places`: at how many places of an image each is applied. `shape` is the images'.
    """

    key: str
    title: str
    kind: str
    network: str
    shape: tuple[int, int, int]
    kernels: tuple[tuple[int, ...], ...]
    places: tuple[int, ...]
    rows: int
    batch: int
    targets: dict[str, float]
    peers: tuple[Peer, ...]
    check_epochs: int = 2
    beside_sgemm: bool = False
    sgemm_target: float | None = None

    @property
    def steps(self) -> int:
        """How many steps an epoch has; a prediction is one."""
        return self.rows // self.batch if self.kind != "image_predict" else 1

    @property
    def operations(self) -> int:
        """How many a step needs: three products a kernel, but no gradient for the images."""
        first, *others = (
            2 * self.batch * places * _product(kernel) for kernel, places in zip(self.kernels, self.places, strict=True)
        )
        return 2 * first + 3 * sum(others)


def _product(numbers) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


# ---- Keras' "Simple MNIST convnet"

CONVNET_KERNELS = ((3, 3, 1, 32), (3, 3, 32, 64), (1600, 10))
CONVNET_PLACES = (26 * 26, 11 * 11, 1)
CONVNET = ImageWork(
    "convnet", "Keras' MNIST convnet, batch 128, Adam: a step", "image_train", "convnet", (28, 28, 1),
    CONVNET_KERNELS, CONVNET_PLACES, 2560, 128,
    {"PyTorch": 3, "JAX": 6, "Keras on TensorFlow": 3, "Keras on JAX": 3},
    (CHAINRULE, PYTORCH, JAX, *KERAS),
)  # fmt: skip
IMAGE = ImageWork(
    "image", "Keras' MNIST convnet: predict one image", "image_predict", "convnet", (28, 28, 1),
    CONVNET_KERNELS, CONVNET_PLACES, 1, 1, {"PyTorch": 3}, (CHAINRULE, PYTORCH, JAX, *KERAS),
)  # fmt: skip

# ---- the residual network

STEM, STAGES, SIDE = 16, ((16, 2), (32, 3), (64, 3)), 32  # filters and blocks of each stage; the images' side


def _residual() -> tuple[list[tuple[int, ...]], list[int]]:
    """Return the kernels of the residual network, and at how many places each is applied."""
    kernels, places = [(3, 3, 3, STEM)], [SIDE**2]
    channels, side = STEM, SIDE
    for stage, (filters, blocks) in enumerate(STAGES):
        side = side // 2 if stage else side
        for _ in range(blocks):
            kernels += [(3, 3, channels, filters), (3, 3, filters, filters)]
            if channels != filters:
                kernels.append((1, 1, channels, filters))
            places += [side**2] * (len(kernels) - len(places))
            channels = filters
    return [*kernels, (channels, 10)], [*places, 1]


RESIDUAL_KERNELS, RESIDUAL_PLACES = map(tuple, _residual())
RESIDUAL = ImageWork(
    "residual", "a residual network, 32 × 32 × 3, batch 64, SGD: a step", "image_train", "residual", (SIDE, SIDE, 3),
    RESIDUAL_KERNELS, RESIDUAL_PLACES, 512, 64, {"PyTorch": 1.2}, (CHAINRULE, PYTORCH, JAX), beside_sgemm=True,
)  # fmt: skip
TIMED = (CONVNET, RESIDUAL, IMAGE)

# ---- one convolution

SWEEP_TARGET = 1.5
SWEEP_BATCH, SWEEP_STEPS = 32, 8
SWEEP_KERNELS = (1, 3, 5)
#: The image's side → channels in and out.
SWEEP_CHANNELS = {
    64: ((3, 32), (16, 16), (32, 32)),
    32: ((3, 16), (16, 16), (32, 64), (64, 64)),
    16: ((32, 32), (64, 64), (128, 128)),
    8: ((64, 64), (128, 128), (256, 256)),
}


def _convolution(size: int, side: int, inputs: int, filters: int) -> ImageWork:
    """Return the work of one convolution, forward and backward.

    Images of three channels are a network's first layer, which needs no gradient for them. Everywhere else that
    gradient is part of the work: the images have one channel, and a number for each of the layer's channels, learnt as
    well, makes `inputs` of it.
    """
    first = inputs == 3
    kernels, places = ([], []) if first else ([(1, inputs)], [side**2])
    return ImageWork(
        f"conv {size} {side} {inputs} {filters}",
        f"{size} × {size}, {inputs} → {filters} channels, {side} × {side}",
        "convolution", "convolution", (side, side, 3 if first else 1),
        (*kernels, (size, size, inputs, filters)), (*places, side**2),
        SWEEP_BATCH * SWEEP_STEPS, SWEEP_BATCH, {}, (CHAINRULE, PYTORCH),
    )  # fmt: skip


SWEEP = tuple(
    _convolution(size, side, *channels)
    for size, (side, pairs) in product(SWEEP_KERNELS, SWEEP_CHANNELS.items())
    for channels in pairs
)
