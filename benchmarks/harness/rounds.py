"""Measuring: each peer's best setting is chosen, all are checked against each other, then all run in turn."""

from __future__ import annotations

from harness.processes import PeerFailedError, Running, whole
from harness.works import OURS

# PyTorch adds Adam's epsilon at another place: 0.4 % of the loss on the widest network. Keras differs there by up to
# 1 %, perhaps because it takes 1 − β₂ᵗ in float32, which has that effect in JAX.
TOLERANCE = 0.02
CHOOSING = 3  # rounds that choose a setting
HOPELESS = 3  # a setting so many times slower in its first round gets no second one


class OtherLossError(Exception):
    """A peer did not reach the loss that the others reached: it does other work."""


def label(threads: int, arguments) -> str:
    """Return a setting in words."""
    return ", ".join([f"{threads} thread{'s' * (threads > 1)}", *arguments])


def choose(peer, kind, given, seconds) -> tuple[Running, tuple]:
    """Return the peer's process with its best setting, ready, and the setting; one that fails is passed over."""
    best = failure = None
    for threads, arguments in peer.settings(kind):
        script = f"{peer.stem}.py" if peer.stem == "sgemm" else f"{peer.stem}_{kind}.py"
        words, variables = peer.given(arguments)
        try:
            running = Running(script, [*given, *words], threads, variables)
            running.calibrate(seconds)
        except PeerFailedError as error:
            failure = error
            continue
        took = running.go()
        if best is None or took < HOPELESS * best[0]:
            took = min(took, *(running.go() for _ in range(CHOOSING - 1)))
        if best and best[0] <= took:
            running.stop()
            continue
        if best:
            best[1].stop()
        best = took, running, (threads, arguments)
    if best is None:
        raise failure
    _, running, setting = best
    return running, setting


def start(peers, kind, given, seconds) -> tuple[dict, dict]:
    """Start the peers; return name → (process, setting), and name → why not."""
    ready, missing = {}, {}
    for peer in peers:
        if not peer.installed:
            missing[peer.name] = "not installed"
            continue
        try:
            ready[peer.name] = choose(peer, kind, given, seconds)
        except PeerFailedError as error:
            missing[peer.name] = f"failed: {error}"
    return ready, missing


def check(title, reached) -> None:
    """See that all peers reached the same; say what each did."""
    print(f"{title}: reached " + ", ".join(f"{name} {value:.5f}" for name, value in reached.items()), flush=True)
    yardstick, value = next(((n, v) for n, v in reached.items() if n != OURS), (OURS, None))
    for name, other in reached.items():
        if value is not None and not abs(other - value) <= TOLERANCE * abs(value):
            raise OtherLossError(f"{name} reached {other:.5f}, {yardstick} {value:.5f}: they do not do the same work.")


def in_turn(work, path, rounds, seconds, also=()) -> dict:
    """Measure a work: name → setting, what was reached, seconds a step of each round, peak memory; or why not."""
    ready, missing = start(work.peers, work.kind, [path], seconds)
    check(work.title, {name: running.check for name, (running, _) in ready.items()})
    more, more_missing = start(also, "multiply", [], seconds)
    ready |= more
    found = {name: {"missing": why} for name, why in (missing | more_missing).items()}
    for name, (running, setting) in ready.items():
        found[name] = {"setting": setting, "label": label(*setting), "check": running.check, "rounds": []}
    for _ in range(rounds):
        for name, (running, _) in ready.items():
            found[name]["rounds"].append(running.go() / (1 if name in more else work.steps))
    for name, (running, _) in ready.items():
        found[name]["peak_mb"] = running.last["peak_mb"]
        running.stop()
    return found


def whole_in_turn(peers, settings, table, rounds) -> dict:
    """Measure the whole programs, each with the setting that was best for a step."""
    found = {}
    for peer in peers:
        if peer.name in settings:
            found[peer.name] = {"label": label(*settings[peer.name]), "rounds": [], "facts": []}
        else:
            found[peer.name] = {"missing": "not installed"}
    for _ in range(rounds):
        for peer in peers:
            mine = found[peer.name]
            if "missing" in mine:
                continue
            threads, arguments = settings[peer.name]
            words, variables = peer.given(arguments)
            try:
                seconds, facts = whole(f"{peer.stem}_process.py", [table, *words], threads, variables)
            except PeerFailedError as error:
                found[peer.name] = {"missing": f"failed: {error}"}
                continue
            mine["rounds"].append(seconds)
            mine["facts"].append(facts)
            mine["peak_mb"] = facts["peak_mb"]
    return found
