"""Show which way of convolution is taken for which shape, beside the other ways we have, and beside PyTorch.

    python benchmarks/conv_shapes.py [--threads 1] [--seconds 0.5] [--only 3]

The rule of src/native/ops/winograd.cpp chooses; it should be within 20 % of the best way for every shape. Each row is
one convolution, alone: forward, and forward with all gradients (of three channels, a network's first layer, without the
images'), in GFLOP/s of the plain sum: short convolutions multiply less, and so may exceed the machine's rate.

All ways take turns. A figure is the 20th percentile of CPU time: on a shared virtual machine wall time counts the
neighbours, and the least CPU time of many is now and then shorter than the processor can be. With several threads it is
wall time, which needs a quiet machine.
"""

from __future__ import annotations

import argparse
import math
import time
from types import SimpleNamespace

import numpy as np

from chainrule.engines import core as native_core
from chainrule.engines.lowering import Extras, lower
from chainrule.ops import OPERATIONS
from chainrule.program import Program, Step

WAYS = {"rule": 0, "direct": 1, "winograd": 2}
BATCH, FIRST_LAYER, QUANTILE, LEAST_TIMINGS, ALLOWED = 32, 3, 0.2, 8, 1.2
#: Image → channels in and out.
CHANNELS = {
    64: ((3, 32), (16, 16), (32, 32)),
    32: ((3, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64)),
    16: ((16, 64), (32, 32), (64, 64), (128, 128)),
    13: ((32, 64),),
    8: ((32, 32), (64, 64), (128, 128), (256, 256)),
    4: ((64, 64), (256, 256)),
}
SHAPES = [(k, size, *pair, 1) for k in (1, 3, 5) for size, pairs in CHANNELS.items() for pair in pairs]
SHAPES += [(3, 32, 16, 32, 2), (3, 16, 32, 64, 2), (1, 32, 16, 32, 2)]


class Ours:
    """One convolution in a native program: `forward()`, and `both()`, forward and backward."""

    def __init__(self, arrays, dY, options, wanted):
        (X, W, b), self.dY = arrays, dY
        self.X, self.Y = X, np.empty_like(dY)
        conv2d = OPERATIONS["conv2d"]
        core = native_core.load()
        for training in (False, True):
            program = Program(training)
            program.inputs = [program.slot((None, *X.shape[1:]))]
            program.weights = [SimpleNamespace(value=A) for A in (W, b)]
            places = [*program.inputs, program.slot(W.shape), program.slot(b.shape)]
            program.outputs = [program.slot((None, *dY.shape[1:]))]
            slots = [place.index for place in places]
            program.steps.append(Step(conv2d, slots, program.outputs[0].index, options, "conv2d"))
            lowered = lower(program, [False], Extras(wanted=wanted if training else []), training)
            terms = [("inner_product", {}, program.outputs[0].index, 1.0, "sum")] if training else []
            network = core.Network32(*lowered[:7], terms, [])
            self.gradients = [np.empty_like(A) if k in wanted and training else None for k, A in enumerate(arrays)]
            network.bind([W, b], self.gradients[1:])
            if training:
                self.trained = network
            else:
                self.used = network

    def forward(self):
        """Compute Y."""
        data = {"inputs": [self.X], "targets": [], "weights": [], "order": None, "first": 0, "rows": len(self.X)}
        self.used.measure(**data, batch_size=len(self.X), seconds=1e9, outputs=[self.Y])

    def both(self):
        """Compute Y, and the gradients of Σ Y · dY."""
        self.trained.gradients(
            inputs=[self.X], targets=[self.dY], weights=[None], seed=0, step=0, commit=False, outputs=[],
            input_gradients=self.gradients[:1],
        )  # fmt: skip


class PyTorch:
    """The same in PyTorch, channels-last."""

    def __init__(self, torch, arrays, dY, strides, padding, wanted):
        X, W, b = arrays
        last = {"memory_format": torch.channels_last}
        self.torch, self.strides, self.padding = torch, strides, padding
        self.X = torch.from_numpy(X.transpose(0, 3, 1, 2).copy()).to(**last)
        self.W = torch.from_numpy(W.transpose(3, 2, 0, 1).copy()).to(**last)
        self.b = torch.from_numpy(b)
        self.dY = torch.from_numpy(dY.transpose(0, 3, 1, 2).copy()).to(**last)
        self.wanted = [A.requires_grad_() for k, A in enumerate((self.X, self.W, self.b)) if k in wanted]

    def _convolve(self):
        return self.torch.nn.functional.conv2d(self.X, self.W, self.b, self.strides, self.padding)

    def forward(self):
        """Compute Y."""
        with self.torch.no_grad():
            self._convolve()

    def both(self):
        """Compute Y and the gradients."""
        self.torch.autograd.grad(self._convolve(), self.wanted, self.dY)


def in_turn(chores, seconds, clock):
    """Return the time of each chore, all taking turns."""
    found = {name: [] for name in chores}
    for chore in chores.values():
        chore()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(found.values()))) < LEAST_TIMINGS:
        for name, chore in chores.items():
            begin = clock()
            chore()
            found[name].append(clock() - begin)
    return {name: float(np.quantile(times, QUANTILE)) for name, times in found.items()}


def compare(shape, torch, seconds, clock):
    """Print the row of one shape; return how far the rule is from the best way, and PyTorch's time over ours."""
    k, size, channels, filters, stride = shape
    rng = np.random.default_rng(0)
    padding = (k - 1) // 2
    side = (size + 2 * padding - k) // stride + 1
    sizes = ((BATCH, size, size, channels), (k, k, channels, filters), (filters,))
    arrays = [rng.normal(size=s).astype(np.float32) for s in sizes]
    dY = rng.normal(size=(BATCH, side, side, filters)).astype(np.float32)
    wanted = [1, 2] if channels == FIRST_LAYER else [0, 1, 2]
    options = {"strides": (stride, stride), "padding": (padding,) * 4}
    ways = WAYS if k in (3, 5) and stride == 1 else {"rule": 0}  # others have one way
    rivals = {name: Ours(arrays, dY, {**options, "way": way}, wanted) for name, way in ways.items()}
    if torch is not None:
        rivals["PyTorch"] = PyTorch(torch, arrays, dY, stride, padding, wanted)
    forward = in_turn({name: rival.forward for name, rival in rivals.items()}, seconds / 2, clock)
    both = in_turn({name: rival.both for name, rival in rivals.items()}, seconds, clock)
    operations = 2 * dY.size * k * k * channels
    words = [f"{k}×{k} {size:3d}² {channels:3d}→{filters:3d} /{stride}"]
    for name in rivals:
        rates = operations / forward[name] / 1e9, len(wanted) * operations / both[name] / 1e9
        words.append(f"{name} {rates[0]:4.0f} {rates[1]:4.0f}")
    behind = max(times["rule"] / min(times[name] for name in ways) for times in (forward, both))
    words.append(f"rule {behind:.2f}" + (" (!)" if behind > ALLOWED else ""))
    ratio = both["PyTorch"] / both["rule"] if torch is not None else math.nan
    words.append(f"PyTorch {forward.get('PyTorch', math.nan) / forward['rule']:.2f}× {ratio:.2f}×")
    print(" | ".join(words), flush=True)
    return behind, ratio


def main():
    """Print a row a shape, and the geometric mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--only", type=int, help="kernels of this size")
    given = parser.parse_args()
    try:
        import torch

        torch.set_num_threads(given.threads)
    except ImportError:
        torch = None
    native_core.load().set_max_threads(given.threads)
    clock = time.process_time if given.threads == 1 else time.perf_counter
    print(
        "each: GFLOP/s forward, and forward with backward; how far the rule is from the best way; PyTorch's time / ours"
    )
    shapes = [shape for shape in SHAPES if given.only in (None, shape[0])]
    found = [compare(shape, torch, given.seconds, clock) for shape in shapes]
    worst, ratios = max(behind for behind, _ in found), [ratio for _, ratio in found]
    print(f"the rule is at most {worst:.2f} × the best way; PyTorch / ours, both ways, geometric mean "
          f"{math.exp(np.mean(np.log(ratios))):.2f}, {min(ratios):.2f}–{max(ratios):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
