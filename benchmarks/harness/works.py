"""The works that are measured, the peers, and how each peer may be set."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field

OURS = "chainrule"
CORES = 2  # the numbers to reach are for two cores
THREADS = (1, CORES)  # a peer's better count is the one that counts; ours chooses for itself

#: PyTorch's threads wait for each other in a busy loop, which is best on an idle machine, and six times slower than
#: this on one where something else runs.
PATIENT = "OMP_WAIT_POLICY=PASSIVE"


@dataclass(frozen=True)
class Peer:
    """A library: its scripts are `peers/<stem>_<kind>.py`; `options` lists the arguments worth trying, by kind.

    An argument NAME=VALUE is a variable of the environment.
    """

    name: str
    stem: str
    needs: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @property
    def installed(self) -> bool:
        """Whether all that it needs can be imported."""
        return all(importlib.util.find_spec(module) for module in self.needs)

    def settings(self, kind: str) -> list[tuple[int, tuple[str, ...]]]:
        """Return the pairs of threads and arguments to choose from."""
        threads = (CORES,) if self.name == OURS else THREADS
        return [(count, arguments) for count in threads for arguments in self.options.get(kind, ((),))]

    def given(self, arguments) -> tuple[list[str], dict[str, str]]:
        """Return what of a setting stands on the command line, and the variables of the environment."""
        variables = dict(word.split("=") for word in arguments if "=" in word)
        return [word for word in arguments if "=" not in word], self.environment | variables


def _keras(backend: str, module: str, title: str) -> Peer:
    environment = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    options = {"train": ((), ("epoch",))}
    return Peer(f"Keras on {title}", "keras", ("keras", module), environment, options)


PEERS = (
    Peer(OURS, "chainrule", (OURS,)),
    Peer("PyTorch", "pytorch", ("torch",), options={"train": ((), ("fused",), ("fused", PATIENT))}),
    Peer("JAX", "jax", ("jax",)),
    _keras("tensorflow", "tensorflow", "TensorFlow"),
    _keras("jax", "jax", "JAX"),
    Peer("scikit-learn", "sklearn", ("sklearn",)),
)
#: PyTorch's figure without NumPy at its ends, shown beside.
BARE_PYTORCH = Peer("PyTorch, tensor to tensor", "pytorch", ("torch",), options={"predict": (("tensor",),)})
CALLED_KERAS = Peer(
    "Keras on JAX, model(row)", "keras", ("keras", "jax"), {"KERAS_BACKEND": "jax"}, {"predict": (("call",),)}
)
#: What the machine can do; measured in the rounds of the widest network.
SGEMM = (
    Peer("sgemm by NumPy", "sgemm", ("numpy",), options={"multiply": (("numpy",),)}),
    Peer("sgemm by PyTorch", "sgemm", ("torch",), options={"multiply": (("torch",), ("torch", PATIENT))}),
)
SGEMM_OPERATIONS = 2 * 1024**3


@dataclass(frozen=True)
class Work:
    """Something to time. `targets`: peer → how many times as fast we are to be; "best" means whoever is fastest."""

    key: str
    title: str
    kind: str
    sizes: tuple[int, ...]
    rows: int
    batch: int
    check_epochs: int
    targets: dict[str, float]
    peers: tuple[Peer, ...] = PEERS
    beside_sgemm: bool = False
    sgemm_target: float | None = None

    @property
    def binary(self) -> bool:
        """Whether it is the table with two classes, rather than the images with ten."""
        return self.sizes[-1] == 1

    @property
    def steps(self) -> int:
        """How many steps an epoch has; a prediction is one."""
        return -(-self.rows // self.batch) if self.kind == "train" else 1

    @property
    def operations(self) -> int:
        """How many a step needs: three products a layer, but no gradient for the input."""
        products = [2 * self.batch * a * b for a, b in zip(self.sizes, self.sizes[1:], strict=False)]
        return 3 * sum(products) - products[0]


STEP = Work(
    "step", "8-12-8-1, batch 10, Adam: a step", "train", (8, 12, 8, 1), 768, 10, 5,
    {"PyTorch": 200, "JAX": 5, "Keras on TensorFlow": 500, "Keras on JAX": 120},
)  # fmt: skip
NARROW = Work(
    "narrow", "784-128-10, batch 32, Adam: a step", "train", (784, 128, 10), 12800, 32, 1, {"PyTorch": 4, "JAX": 2}
)
WIDE = Work(
    "wide", "784-512-512-10, batch 128, Adam: a step", "train", (784, 512, 512, 10), 12800, 128, 1, {"best": 1.25},
    beside_sgemm=True, sgemm_target=0.7,
)  # fmt: skip
PREDICT = Work(
    "predict", "predict one row", "predict", (8, 12, 8, 1), 768, 10, 0,
    {"PyTorch": 10, "scikit-learn": 60, "Keras on TensorFlow": 10_000},
    (*PEERS, BARE_PYTORCH, CALLED_KERAS),
)  # fmt: skip
TIMED = (STEP, NARROW, WIDE, PREDICT)
#: The whole program of the PIMA tutorial.
PROCESS_TITLE = "PIMA, 150 epochs: whole process"
PROCESS_TARGETS = {"PyTorch": 30, "Keras on TensorFlow": 100, "Keras on JAX": 100}
MEMORY_TARGET = 2  # PyTorch's peak is to be so many times ours
THREADS_TARGET = 1.8
IMPORT_TARGET = 50  # ms over NumPy's own
SIZE_TARGET = 5  # scikit-learn with SciPy is to be so many times as large
LINEAR = 0.1  # how far from 1 the exponent of the cost may be
