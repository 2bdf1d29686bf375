"""Tutorial 7: gradient descent that plots, and does not wait for its plots.

Linear regression takes its steps; every so many steps a plotting call wants the costs so far. It is called in four
ways: by the loop itself, in a thread a call, through a queue of one thread, and through a queue in a file, which a
worker of its own empties. Measured is how long the descent takes, and when the last plot is there; none may be lost.

Run it with a folder to keep the plots: python 07_task_queue.py folder
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Queue

import numpy as np
import plotting_tasks

from chainrule.tasks import TaskQueue, status

ROWS, WEIGHTS, RATE = 10_000, 60, 0.1
STEPS, PLOT_EVERY = 1200, 60
HERE = Path(__file__).resolve().parent
LIMIT = 60.0  # seconds after which what is waited for is taken for hung


# The tutorial's queue, with its bug


class TutorialQueue(Queue):
    """Thirty lines that look right: find the line that loses every other task."""

    def __init__(self, num_workers=1):
        super().__init__()
        for _ in range(num_workers):
            threading.Thread(target=self.worker, daemon=True).start()

    def add_task(self, task, *args, **kwargs):
        """Put a function and its arguments into the queue."""
        self.put((task, args, kwargs))

    def worker(self):
        """Run what is in the queue, for ever."""
        while True:
            self.get()
            task, args, kwargs = self.get()
            task(*args, **kwargs)
            self.task_done()

    def is_done_within(self, seconds):
        """Return whether `join()` would come back: it waits until as many were done as were put."""
        with self.all_tasks_done:
            return self.all_tasks_done.wait_for(lambda: not self.unfinished_tasks, seconds)


def show_the_bug(tasks=10, seconds=0.5):
    """Give both queues the same tasks; return which ones ran, and whether `join` came back."""
    found = {}
    for name, queue in (("tutorial", TutorialQueue()), ("ours", TaskQueue())):
        ran = []
        for number in range(tasks):
            queue.add_task(ran.append, number)
        joined = queue.join(LIMIT) if isinstance(queue, TaskQueue) else queue.is_done_within(seconds)
        found[name] = {"ran": list(ran), "joined": joined}
    return found


# Gradient descent, and four ways to call for a plot


def descend(plot, steps=STEPS, every=PLOT_EVERY):
    """Fit a line to rows of 60 numbers; call `plot(number, costs)` every so many steps, and return the costs."""
    random = np.random.default_rng(7)
    X = random.normal(size=(ROWS, WEIGHTS))
    y = X @ random.normal(size=WEIGHTS) + random.normal(size=ROWS)
    w, costs = np.zeros(WEIGHTS), []
    for step in range(1, steps + 1):
        error = X @ w - y
        costs.append(float(error @ error) / ROWS)
        w -= RATE * 2 / ROWS * (X.T @ error)
        if step % every == 0:
            plot(step // every, list(costs))  # a copy: the list grows on while the task waits
    return costs


@contextmanager
def without(folder):
    """Plot nothing."""
    yield lambda *_: None, lambda: None


@contextmanager
def blocking(folder):
    """Plot at once: the descent waits."""
    yield lambda function, *args: function(*args), lambda: None


@contextmanager
def thread_a_call(folder):
    """Start a thread for each plot."""
    threads = []

    def call(function, *args):
        threads.append(threading.Thread(target=function, args=args))
        threads[-1].start()

    yield call, lambda: [thread.join() for thread in threads]


@contextmanager
def queued(folder):
    """Give the plots to a queue of one thread."""
    with TaskQueue(num_workers=1) as queue:
        yield queue.add_task, queue.join


@contextmanager
def durable(folder):
    """Give the plots to a queue in a file; a worker, which is a process of its own, draws them."""
    with TaskQueue(folder / "tasks.db") as queue, worker(folder / "tasks.db"):
        # Not even for the disk the descent waits: a crash of this program may lose the plots of its last moment.
        yield partial(queue.add_task, durable=False), queue.join


@contextmanager
def worker(file):
    """Run `chainrule worker FILE --allow plotting_tasks` beside the block; what it says is in a file beside that."""
    command = [sys.executable, "-m", "chainrule", "worker", str(file), "--allow", "plotting_tasks"]
    with open(file.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log)
        limit = time.monotonic() + LIMIT
        while not status(file).workers:
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(file.with_suffix(".log").read_text(encoding="utf-8"))
            time.sleep(0.02)
        try:
            yield
        finally:
            process.terminate()  # it finishes the task in hand
            process.wait(LIMIT)


WAYS = {
    "no plots": without,
    "blocking": blocking,
    "a thread a call": thread_a_call,
    "queued, one thread": queued,
    "queued, a worker": durable,
}


def plot_by(call, function, folder, number, costs):
    """Call for a plot in one of the ways."""
    call(function, folder / str(number), costs)


def measure(function, folder, steps=STEPS, every=PLOT_EVERY):
    """Return seconds of the descent, seconds until the last plot, and the number of plots, for each way."""
    found = {}
    for name, way in WAYS.items():
        inside = Path(folder) / function.__name__ / way.__name__
        inside.mkdir(parents=True, exist_ok=True)
        with way(inside) as (call, wait):
            started = time.perf_counter()
            descend(partial(plot_by, call, function, inside), steps, every)
            descended = time.perf_counter()
            wait()
            drawn = time.perf_counter()
        plots = sum(1 for path in inside.iterdir() if path.name.isdigit() and path.stat().st_size)
        found[name] = {"descent": descended - started, "drawn": drawn - started, "plots": plots}
    return found


def tell(title, found):
    """Print a table of what was measured."""
    print(f"\n{title}\n{'':20} descent   all there   plots")
    for name, numbers in found.items():
        print(f"{name:20} {numbers['descent']:5.2f} s     {numbers['drawn']:5.2f} s   {numbers['plots']:5d}")


TITLES = {
    "upload": "a plot that waits for a server: a thread is enough",
    "write_figure": "a figure written by Plotly: mostly Python",
    "compute_picture": "a picture computed in Python: only a process helps",
}


def main(folder=None, steps=STEPS, every=PLOT_EVERY):
    """Show the bug, measure each plotting call in each way, print it, and return the numbers."""
    bug = show_the_bug()
    print("10 tasks, numbered from 0")
    for name, numbers in bug.items():
        back = "came back" if numbers["joined"] else "would wait for ever"
        print(f"  {name:9} ran {', '.join(map(str, numbers['ran']))}; join() {back}")

    found = {"bug": bug}
    with tempfile.TemporaryDirectory() as temporary:
        descend(lambda number, costs: None, steps, every)  # once before the clock runs: NumPy wakes up
        for name, title in TITLES.items():
            found[name] = measure(getattr(plotting_tasks, name), folder or temporary, steps, every)
            tell(title, found[name])
    lost = sum(steps // every - numbers["plots"] for name in TITLES for numbers in list(found[name].values())[1:])
    print(f"\nplots lost: {lost}")
    return {**found, "lost": lost}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
