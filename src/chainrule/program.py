"""A network as a flat list of operations: what engines run, and exporters and explanations read.

`trace` walks the layers' calls once and lets each layer say of which operations it is made. Every array has a slot: the
network's inputs first, then the weights, then what each step puts out. Training and use are two programs, since
dropout and batch normalisation are other operations in each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chainrule.errors import GradientError, ShapeError, unknown_name
from chainrule.graph import Call, Value
from chainrule.layers.weight import Weight
from chainrule.ops.registry import OPERATIONS, Operation


@dataclass(eq=False)
class Slot:
    """The place of one array in a program."""

    index: int
    shape: tuple[int | None, ...]


@dataclass(eq=False)
class Step:
    """One operation: which slots it reads and writes, and for which layer it works.

    `state` names the weights that take the operation's new running statistics; `stream` numbers the random steps, so
    that each has bits of its own.
    """

    operation: Operation
    inputs: list[int]
    output: int
    options: dict[str, Any]
    layer: str
    state: list[Weight] = field(default_factory=list)
    stream: int | None = None


@dataclass(eq=False)
class Program:
    """Steps in order, with the slots of inputs, weights and outputs."""

    training: bool
    inputs: list[Slot] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    outputs: list[Slot] = field(default_factory=list)
    shapes: list[tuple[int | None, ...]] = field(default_factory=list)

    @property
    def n_slots(self) -> int:
        """How many slots there are; `shapes` holds the shape of each."""
        return len(self.shapes)

    def slot(self, shape) -> Slot:
        """Return a new slot."""
        self.shapes.append(tuple(shape))
        return Slot(len(self.shapes) - 1, self.shapes[-1])

    def slot_of_weight(self) -> dict[int, int]:
        """Return the slot of each weight, by the weight's id."""
        return {id(weight): len(self.inputs) + number for number, weight in enumerate(self.weights)}

    def refuse_without_gradient(self) -> None:
        """Refuse, with a sentence, to train a network with an operation that has no gradient."""
        for step in self.steps:
            if step.operation.backward is None:
                raise GradientError(f"Layer {step.layer!r} can't be trained: {step.operation.why_no_gradient}")


class Apply:
    """The recorder that a layer's `express` calls: `apply("dense", X, self.kernel)` returns the slot of the output."""

    def __init__(self, program: Program, weight_slots: dict[int, Slot]):
        self.program, self.weight_slots = program, weight_slots
        self.training: bool = program.training
        self.call_layer: Any = None

    def __call__(self, name: str, *operands, **options) -> Slot:
        """Record one operation on slots and weights."""
        if name not in OPERATIONS:
            raise unknown_name("operation", name, OPERATIONS)
        return self._record(OPERATIONS[name], operands, options)

    def layer(self, layer, *inputs: Slot) -> Slot:
        """Record a layer of the user's own as one step."""
        from chainrule.layers.custom import operation_of

        return self._record(operation_of(layer), (*inputs, *layer.all_weights), {"training": self.training})

    def run(self, calls: list[Call], slots: dict[int, Slot]) -> None:
        """Let each call's layer express itself; a model used as a layer calls this for its own calls."""
        outer = self.call_layer
        for call in calls:
            self.call_layer = call.layer
            results = call.layer.express(self, *(slots[id(value)] for value in call.inputs))
            for value, slot in zip(call.outputs, results if isinstance(results, list) else [results], strict=True):
                slots[id(value)] = slot
        self.call_layer = outer

    def _record(self, operation: Operation, operands, options) -> Slot:
        slots = [self.weight_slots[id(operand)] if isinstance(operand, Weight) else operand for operand in operands]
        name = self.call_layer.name
        try:
            shape = operation.output_shape(*(slot.shape for slot in slots), **options)
        except (ValueError, IndexError) as error:
            shapes = ", ".join(str(slot.shape) for slot in slots)
            raise ShapeError(
                f"Layer {name!r}: {operation.name} can't take arrays of shape {shapes}: {error}"
            ) from error
        output = self.program.slot(shape)
        state = [operand for operand in operands[len(operands) - operation.n_state :] if operation.n_state]
        stream = sum(step.stream is not None for step in self.program.steps) if operation.random else None
        step = Step(operation, [slot.index for slot in slots], output.index, options, name, state, stream)
        self.program.steps.append(step)
        return output


def trace(inputs: list[Value], calls: list[Call], outputs: list[Value], training: bool) -> Program:
    """Return the program of a graph, for training or for use."""
    program = Program(training)
    program.inputs = [program.slot(value.shape) for value in inputs]
    slots = {id(value): slot for value, slot in zip(inputs, program.inputs, strict=True)}
    weight_slots: dict[int, Slot] = {}
    for call in calls:
        for weight in call.layer.all_weights:  # a shared layer's weights have one slot
            if id(weight) not in weight_slots:
                weight_slots[id(weight)] = program.slot(weight.shape)
                program.weights.append(weight)
    Apply(program, weight_slots).run(calls, slots)
    program.outputs = [slots[id(value)] for value in outputs]
    return program
