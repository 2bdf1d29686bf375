"""Which layer each step of a program works for, told apart by path and by call.

Two layers of one name may stand in different models of one network ("encoder/dense", "decoder/dense"), and a shared
layer works in several places.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from chainrule.ops import OPERATIONS
from chainrule.program import Apply, Program, Step


class Owner(NamedTuple):
    """The layer of a step: its path through the models, and which of all calls it is."""

    path: str
    call: int


#: The owner of a step that copies a slot.
COPY = Owner("", 0)


class _Walk(Apply):
    """Records a network as `trace` does, and notes whose each step is."""

    def __init__(self, program: Program, weight_slots):
        super().__init__(program, weight_slots)
        self.owners: list[Owner] = []
        self._path: list[str] = []
        self._calls = 0

    def run(self, calls, slots) -> None:
        """Let each call express itself, and count its steps as its own unless a call within it has them."""
        for call in calls:
            self._path.append(call.layer.name)
            self._calls += 1
            owner = Owner("/".join(self._path), self._calls)
            super().run([call], slots)
            self.owners += [owner] * (len(self.program.steps) - len(self.owners))
            self._path.pop()


def owners_of(program: Program, inputs, calls) -> list[Owner]:
    """Return the owner of each step of a program that was traced from these inputs and calls."""
    again = Program(program.training)
    slots = {id(value): again.slot(value.shape) for value in inputs}
    walk = _Walk(again, {id(weight): again.slot(weight.shape) for weight in program.weights})
    walk.run(calls, slots)
    return walk.owners


def layer_inputs(program: Program, owners: list[Owner]) -> list[tuple[Owner, int]]:
    """Return (owner, slot) for each slot that a call takes from outside of it, in the order of the network."""
    made_by = {step.output: owner for step, owner in zip(program.steps, owners, strict=True)}
    first_weight, last = len(program.inputs), len(program.inputs) + len(program.weights)
    found: dict[tuple[Owner, int], None] = {}
    for step, owner in zip(program.steps, owners, strict=True):
        for slot in step.inputs:
            if owner != COPY and not first_weight <= slot < last and made_by.get(slot) != owner:
                found[owner, slot] = None
    return list(found)


def with_own_inputs(program: Program, owners: list[Owner]) -> tuple[Program, list[Owner]]:
    """Return the same network where calls that read one slot have a copy of it each, and the owners of its steps.

    The gradient of such a slot is a sum over the calls; that of a copy is one call's own, so that an error is that
    call's.
    """
    inputs = layer_inputs(program, owners)
    readers = Counter(slot for _, slot in inputs)
    again = replace(program, steps=[])
    copies: dict[tuple[Owner, int], int] = {}
    new_owners: list[Owner] = []
    for step, owner in zip(program.steps, owners, strict=True):
        for slot in step.inputs:
            if (owner, slot) in inputs and readers[slot] > 1 and (owner, slot) not in copies:
                copies[owner, slot] = again.slot(()).index
                again.steps.append(Step(OPERATIONS["linear"], [slot], copies[owner, slot], {}, step.layer))
                new_owners.append(COPY)
        again.steps.append(replace(step, inputs=[copies.get((owner, slot), slot) for slot in step.inputs]))
        new_owners.append(owner)
    return again, new_owners
