"""What `add_task` takes beside the function's own arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.errors import ArgumentError, unknown_name
from chainrule.tasks.checks import seconds_above_zero, whole_above_zero

#: What is done when as many tasks wait as may wait.
BLOCK, DROP_OLDEST, RAISE = POLICIES = ("block", "drop_oldest", "raise")
#: Options that only a task which outlives its program has.
DURABLE_ONLY = ("durable", "queue", "timeout")


class Options(NamedTuple):
    """The options of one task, checked."""

    policy: str = BLOCK
    coalesce: str | None = None
    priority: int = 0
    delay: float = 0.0
    max_attempts: int | None = None
    timeout: float | None = None
    durable: bool = True
    queue: str = "default"


#: The keywords that `add_task` keeps for itself.
RESERVED = frozenset(Options._fields)
DEFAULTS = Options()


def take_options(function: Callable[..., Any], kwargs: dict[str, Any], durable: bool = False) -> Options:
    """Take the options out of a task's keyword arguments, and return them, checked.

    Parameters
    ----------
    function : callable
        What the task runs: it must not have a parameter of the name of an option that was given.
    kwargs : dict
        The keyword arguments of `add_task`; the options are taken out of it.
    durable : bool, default False
        Whether the queue is a durable one, which takes `timeout`, `durable` and `queue` as well.

    Returns
    -------
    Options
        What was given, and the defaults for the rest; `max_attempts` None means the queue's own default.

    Raises
    ------
    ArgumentError
        If a value can't be used, an option needs a durable queue, or the function has a parameter of that name.

    Examples
    --------
    >>> given = {"priority": 5, "title": "loss"}
    >>> take_options(print, given).priority, given
    (5, {'title': 'loss'})
    """
    taken = {name: kwargs.pop(name) for name in RESERVED & kwargs.keys()}
    if not taken:
        return DEFAULTS
    _refuse_shared_names(function, taken)
    if not durable:
        for name in DURABLE_ONLY:
            if name in taken:
                raise ArgumentError(
                    f"{name}= is for tasks of a durable queue, TaskQueue('tasks.db'); this queue has threads, "
                    f"so leave {name}= out, or give its function through functools.partial."
                )
    for name, value in taken.items():
        taken[name] = _CHECKS[name](name, value)
    return Options(**taken)


def name_in_words(function: Any) -> str:
    """Return what a function is called, for people.

    Examples
    --------
    >>> name_in_words("text".upper)
    'str.upper'
    """
    return getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or type(function).__name__


def _refuse_shared_names(function: Any, taken: dict[str, Any]) -> None:
    """Refuse an option that may as well be meant for the function."""
    shared = sorted(taken.keys() & _parameters(function))
    if shared:
        name = shared[0]
        raise ArgumentError(
            f"{name}= is an option of add_task, and {name_in_words(function)} has a parameter of that name too: wrap "
            f"it in a function of yours that passes {name}= on, and give the task that function."
        )


def _parameters(function: Any) -> set[str]:
    """Return the names of a function's parameters, as far as they are known."""
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        return set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    import inspect

    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some functions of C have no signature
        return set()


def _policy(name: str, value: Any) -> str:
    if value not in POLICIES:
        raise unknown_name(name, value, POLICIES)
    return value


def _text(name: str, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        raise ArgumentError(f"{name} is a text such as 'loss'; received {value!r}.")
    return value


def _text_or_none(name: str, value: Any) -> Any:
    return None if value is None else _text(name, value)


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentError(f"{name} is a whole number, the higher the sooner; received {value!r}.")
    return value


def _attempts(name: str, value: Any) -> int | None:
    return None if value is None else whole_above_zero(name, value)


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise ArgumentError(f"{name} is a number of seconds from 0 on; received {value!r}.")
    return float(value)


def _limit(name: str, value: Any) -> float | None:
    return None if value is None else seconds_above_zero(name, value)


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} is True or False; received {value!r}.")
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "policy": _policy,
    "coalesce": _text_or_none,
    "priority": _whole,
    "delay": _seconds,
    "max_attempts": _attempts,
    "timeout": _limit,
    "durable": _yes_or_no,
    "queue": _text,
}
