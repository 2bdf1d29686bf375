"""Measure chainrule on images beside its peers, in one run: `make bench`.

    python benchmarks/images.py [--quick] [--only convnet,residual,image,threads,sweep]

The method is that of native.py: a process a peer, each with the setting that suits it best, the same initial weights
and data, checked to reach the same loss, then all in turn. Prints the table, and writes benchmarks/results/images.json
and images.html. How well MNIST is learnt, and in what time, is `mnist_accuracy.py`'s to say.
"""

from __future__ import annotations

import math
from statistics import median

from harness import image_works, rounds
from harness.bench import Bench, run
from harness.image_inputs import write_images
from harness.rows import Row, comparison, factor_words, verdict
from harness.works import OURS

#: The mean over the shapes is what counts, and each of them takes its time.
SWEEP_ROUNDS = 5


class Images(Bench):
    """Convolutional networks."""

    chores = ("convnet", "residual", "image", "threads", "sweep")
    works = image_works.TIMED

    def write(self, work):
        """Write images, settings and initial weights."""
        return write_images(work, self.folder)

    def threads(self):
        """Time the convnet with one thread and with two."""
        self.one_and_two_threads(image_works.CONVNET)

    def sweep(self):
        """Time one convolution, forward and backward, over shapes; the target is for the geometric mean."""
        ratios = []
        for work in image_works.SWEEP:
            found = rounds.in_turn(work, self.write(work), min(self.rounds, SWEEP_ROUNDS), self.seconds)
            self.found[work.key] = found
            row = comparison(work.title, "PyTorch", found[OURS], found["PyTorch"])
            self.rows.append(row)
            if row.value is not None:
                rate = work.operations / median(found[OURS]["rounds"])
                row.ours += f", {rate / 1e9:.0f} GFLOP/s"
                ratios.append(row.value)
        mean = Row(f"a convolution over {len(image_works.SWEEP)} shapes: geometric mean", "PyTorch")
        mean.aim, mean.target = image_works.SWEEP_TARGET, f"{image_works.SWEEP_TARGET}×"
        if ratios:
            mean.value = math.exp(sum(map(math.log, ratios)) / len(ratios))
            mean.ratio, mean.met = factor_words(mean.value), verdict(mean.value >= mean.aim)
            mean.spread = f"{factor_words(min(ratios))[:-1]}–{factor_words(max(ratios))}"
        self.rows.append(mean)


if __name__ == "__main__":
    run(Images, "images", __doc__)
