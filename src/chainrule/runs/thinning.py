"""Which steps of a long run are kept: every one, every second, every fourth and so on.

It is decided by the numbers of the steps alone, never by the clock: two equal runs keep the same steps, and can be
compared step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: With more steps of one metric than this, every second one is let go. A curve on a screen has fewer points.
MOST_STEPS = 4096


class Thinning:
    """Knows for each metric its stride: a step stays if it is a multiple of it.

    Parameters
    ----------
    most : int, default 4096
        How many steps of one metric may stay; the stride doubles beyond.

    Examples
    --------
    >>> thinning = Thinning(most=4)
    >>> thinning.add("loss", range(5))
    2
    >>> [step for step in range(5) if step % thinning.stride("loss") == 0]
    [0, 2, 4]
    """

    def __init__(self, most: int = MOST_STEPS):
        self._most = most
        self._kept: dict[str, set[int]] = {}
        self._strides: dict[str, int] = {}
        #: The smallest stride of all metrics: a step that is no multiple of it stays for none of them.
        self.smallest = 1

    def add(self, name: str, steps: Iterable[int]) -> int:
        """Take in steps of a metric, and return its stride, which may have grown. Adding them again changes nothing."""
        kept, stride = self._kept.setdefault(name, set()), self._strides.get(name, 1)
        kept.update(step for step in steps if step % stride == 0)
        while len(kept) > self._most:
            stride *= 2
            kept.intersection_update([step for step in kept if step % stride == 0])
        self._strides[name] = stride
        self.smallest = min(self._strides.values())
        return stride

    def make_room(self, name: str, steps: range) -> int:
        """Return the stride of a metric as it must become when steps that follow each other are added.

        It spares `add` the steps that would not stay: a fast network hands in a hundred thousand at once.

        Examples
        --------
        >>> thinning = Thinning(most=4)
        >>> thinning.make_room("loss", range(100)), thinning.add("loss", range(0, 100, 32))
        (32, 32)
        """
        stride = self.stride(name)
        while len(range(steps.start + -steps.start % stride, steps.stop, stride)) > self._most:
            stride *= 2
        if stride > self.stride(name):
            self._strides[name] = stride
            kept = self._kept.setdefault(name, set())
            kept.intersection_update([step for step in kept if step % stride == 0])
            self.smallest = min(self._strides.values())
        return stride

    def stride(self, name: str) -> int:
        """Return the stride of a metric: 1 for one that is new."""
        return self._strides.get(name, 1)

    def leaves_out(self, step: int, values: Mapping[str, object]) -> bool:
        """Tell whether it is already known that this step stays for none of these metrics.

        A stride only grows, so what is left out early would have been left out later too.
        """
        return step % self.smallest != 0 and self._strides.keys() >= values.keys()
