"""Training on the native engine: what the core needs of a compiled model, and whole stretches of batches in one call.

Where the optimizer, a regularizer or a constraint is one of the user's own, the core makes the gradients and Python
does the rest of the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engines.choice import whole_inputs
from chainrule.engines.describe import constraint_options, optimizer_options, penalty_options
from chainrule.engines.lowering import Extras, core_metric, is_in_core
from chainrule.engines.native import SECONDS_A_CALL, Ended, Feed, Native
from chainrule.schedules import Schedule
from chainrule.training.objective import Measured

#: For so many batches ahead the learning rates of a schedule are computed in one call.
RATES_A_CALL = 1024
CLIPS = {"clipvalue": "value", "clipnorm": "norm", "global_clipnorm": "global_norm"}


def obstacle(core, program, objective, parameters, optimizer) -> str | None:
    """Return why a model can't be trained on the native engine, though its operations have kernels."""
    if not losses_in_core(core, objective):
        known = core.losses()
        loss = next(type(term[0]).__name__ for term in objective.terms if term and not is_in_core(known, term[1]))
        return f"the loss {loss} has no native kernel"
    if not updates_in_core(parameters, optimizer) and any(step.state for step in program.steps):
        layer = next(step.layer for step in program.steps if step.state)
        return f"{type(optimizer).__name__} steps in Python, and layer {layer!r} keeps running statistics"
    return None


def losses_in_core(core, objective) -> bool:
    """Tell whether each loss of an objective has a kernel."""
    known = core.losses()
    return all(term is None or is_in_core(known, term[1]) for term in objective.terms)


def updates_in_core(parameters, optimizer) -> bool:
    """Tell whether the core can take the whole step: optimizer, regularizers and constraints are the library's own."""
    if optimizer.full_batch or optimizer_options(optimizer) is None:
        return False
    return all(
        (weight.regularizer is None or penalty_options(weight.regularizer) is not None)
        and (weight.constraint is None or constraint_options(weight.constraint) is not None)
        for weight in parameters.weights
    )


class NativeTraining:
    """The training program of a compiled model in the native core.

    Parameters
    ----------
    core : module
    model : Model
    program : Program
    objective : Objective
    parameters : ParameterVector
    optimizer : Optimizer
    """

    def __init__(self, core, model, program, objective, parameters, optimizer):
        self.parameters, self.optimizer = parameters, optimizer
        self.updates_in_core = updates_in_core(parameters, optimizer)
        slot_of = program.slot_of_weight()
        slots = [slot_of[id(weight)] for weight in parameters.weights]
        extras = extras_of(objective, model.compilation)
        extras.wanted = slots
        gradients = dict(zip(slots, parameters.gradients, strict=True))
        self.native = Native(core, program, whole_inputs(model), model.dtype, extras, gradients, training=True)

    def bind(self) -> None:
        """Tell the core where weights, gradients and the optimizer's memory are."""
        self.native.bind()
        if self.updates_in_core:
            self._bind_update()

    def _bind_update(self) -> None:
        optimizer, parameters = self.optimizer, self.parameters
        described = optimizer_options(optimizer)
        assert described is not None
        name, options = described
        clip, limit = _clipping(optimizer)
        numbers = [slot for slot in optimizer.slots.values() if slot.shape != parameters.theta.shape]
        self.native.network.set_update(
            name=name,
            options=options,
            theta=parameters.theta,
            gradient=parameters.gradient,
            slots=[slot for slot in optimizer.slots.values() if slot.shape == parameters.theta.shape],
            numbers=numbers,
            average=optimizer.average,
            segments=self._segments(),
            clip=clip,
            clip_limit=limit,
            weight_decay=optimizer.weight_decay or 0.0,
        )

    def _segments(self) -> list[tuple[Any, ...]]:
        excluded = self.optimizer.weight_decay_exclude
        return [
            (
                part.start,
                part.stop,
                list(weight.shape),
                not any(word in name for word in excluded),
                None if weight.regularizer is None else penalty_options(weight.regularizer),
                None if weight.constraint is None else constraint_options(weight.constraint),
            )
            for weight, (name, part) in zip(self.parameters.weights, self.parameters.segments, strict=True)
        ]

    # Stretches of batches ---------------------------------------------------------------------------------------------

    def train(
        self,
        feed: Feed,
        first: int,
        n_rows: int,
        batch_size: int,
        seed: int,
        outputs: list[np.ndarray],
        sums=(),
        recorder=None,
    ) -> Ended:
        """Train on rows of a feed, batch by batch, until they are done, the time is up or the loss is not finite.

        Losses and metrics are added to `sums`, those of the calls before: where a call ended must not be seen in them.
        A `recorder` (`callbacks.steps.Steps`) gets the loss of each step: the core writes it.
        """
        optimizer = self.optimizer
        targets, weights = self.native.of_terms(feed)
        batch_size = min(batch_size, n_rows)
        rates = self._rates(-(-n_rows // batch_size))
        if len(rates) > 1:
            n_rows = min(n_rows, len(rates) * batch_size)
        if recorder is not None:
            recorder.prepare(self.native.network, optimizer.iterations, -(-n_rows // batch_size), rates)
        ended = Ended(
            *self.native.network.train(
                inputs=feed.inputs,
                targets=targets,
                weights=weights,
                order=feed.order,
                first=first,
                rows=n_rows,
                batch_size=batch_size,
                seed=seed,
                iterations=optimizer.iterations,
                rates=rates,
                seconds=SECONDS_A_CALL,
                outputs=[Y[:n_rows] for Y in outputs],
                sums=list(sums),
            )
        )
        optimizer.iterations += ended.batches
        return ended

    def _rates(self, n_batches: int) -> list[float]:
        rate, now = self.optimizer.learning_rate, self.optimizer.iterations
        if not isinstance(rate, Schedule):
            return [rate]
        return [float(rate(now + step)) for step in range(min(n_batches, RATES_A_CALL))]

    # One batch --------------------------------------------------------------------------------------------------------

    def gradients(self, batch, seed: int, step: int) -> tuple[Measured, list[np.ndarray]]:
        """Write a batch's gradients into the parameter vector; return its losses and predictions."""
        targets, weights = self.native.of_terms(batch)
        outputs = self.native.new_outputs(batch.size)
        ended = Ended(
            *self.native.network.gradients(
                inputs=batch.inputs,
                targets=targets,
                weights=weights,
                seed=seed,
                step=step,
                commit=False,
                outputs=outputs,
                input_gradients=[],
            )
        )
        return self.measured(ended), outputs

    def measured(self, ended: Ended) -> Measured:
        """Return the losses of a call that ran one batch."""
        losses = [total / count if count else total for total, count in zip(ended.losses, ended.counts, strict=True)]
        return Measured(ended.total, losses, ended.penalty)


def extras_of(objective, compilation) -> Extras:
    """Return the losses of an objective, and the metrics that the core adds up by itself."""
    terms = [(number, *term) for number, term in enumerate(objective.terms) if term is not None]
    place = {number: k for k, (number, *_) in enumerate(terms)}
    metrics = [
        (metric, output, place[output])
        for _, metric, output, weighted in compilation.named_metrics()
        if counted_in_core(metric, weighted)
    ]
    return Extras(terms=terms, metrics=metrics)


def counted_in_core(metric: Any, weighted: bool) -> bool:
    """Tell a metric that the core adds up from one that is given the predictions."""
    return not weighted and core_metric(metric) is not None


def _clipping(optimizer) -> tuple[str, float]:
    for name, kind in CLIPS.items():
        limit = getattr(optimizer, name)
        if limit is not None:
            return kind, limit
    return "", 0.0
