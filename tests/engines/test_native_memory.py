"""Large arrays and files are read where they are: a training on the native engine makes no copy of its data.

A process of its own trains with a limit on its memory: less than the data would take as the network's numbers. Pages of
a file that is mapped do not count, since the system may take them back.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from chainrule.training.batches import WHOLE_BYTES

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is Linux's")

N_COLUMNS = 128
#: Rows for 2 · WHOLE_BYTES (128 MiB) in float32; training may take half of that.
N_ROWS = 2 * WHOLE_BYTES // (4 * N_COLUMNS)
ALLOWED = WHOLE_BYTES

PROGRAM = """
import resource, sys
import numpy as np
from chainrule.layers import Dense
from chainrule.models import Sequential

def allow(more):
    with open("/proc/self/status") as status:
        now = next(1024 * int(line.split()[1]) for line in status if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (now + more, now + more))

model = Sequential([Dense(16, "relu", input_dim={columns}), Dense(1)], seed=1)
model.compile("adam", "mse", metrics={metrics}, engine="native")
few = np.zeros((4096, {columns}), "f4")
model.fit(few, few[:, 0], batch_size=4096, verbose=0)  # all is loaded and made
x = {data}
y = np.ones(len(x), "f4")
allow({allowed})
history = model.fit(x, y, epochs=2, batch_size=4096, verbose=0, shuffle={shuffle}, validation_split={split})
model.evaluate(x, y, verbose=0)
model.predict(x, verbose=0)
assert model.training_step.native is not None and np.isfinite(history.history["loss"]).all()
try:
    np.array(x, "f4")
except MemoryError:
    print("a copy would be too much")
"""


def train(data: str, shuffle: bool = False, split: float = 0.0, metrics=()) -> None:
    """Train within the limit, in a process of its own."""
    options = {"shuffle": shuffle, "split": split, "metrics": list(metrics)}
    code = PROGRAM.format(columns=N_COLUMNS, data=data, allowed=ALLOWED, **options)
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, "a copy would be too much\n"), told.stderr


@pytest.mark.parametrize(("kind", "shuffle"), [("uint8", False), ("float64", True)])
def test_arrays_of_other_numbers_are_not_copied_whole(kind, shuffle):
    train(f"np.ones(({N_ROWS}, {N_COLUMNS}), {kind!r})", shuffle)


def test_nor_are_those_of_the_networks_own():
    train(f"np.ones(({N_ROWS}, {N_COLUMNS}), 'f4')", shuffle=True, split=0.25)


@pytest.mark.parametrize(("kind", "shuffle"), [("float32", False), ("int64", True)])
def test_a_file_is_not_read_whole(kind, shuffle, tmp_path):
    path = tmp_path / "x.npy"
    np.lib.format.open_memmap(path, "w+", kind, (N_ROWS, N_COLUMNS)).flush()  # zeros, of which the disk holds none
    train(f"np.load({str(path)!r}, mmap_mode='r')", shuffle, split=0.25)


def test_a_metric_that_sees_the_predictions_needs_no_copy_either(tmp_path):
    path = tmp_path / "x.npy"
    np.lib.format.open_memmap(path, "w+", "f4", (N_ROWS, N_COLUMNS)).flush()
    train(f"np.load({str(path)!r}, mmap_mode='r')", metrics=["r2_score"])
