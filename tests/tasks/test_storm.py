"""A hundred kill -9 at random moments, of workers and of the program that adds tasks: no accepted task is lost.

`CHAINRULE_STORM=500` asks for more.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from chainrule.tasks.durable import DurableQueue

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")

PRODUCER = Path(__file__).with_name("producer.py")
KILLS = int(os.environ.get("CHAINRULE_STORM", "100"))
LIMIT = 120
#: Seconds between two kills, at most: a worker takes about 0.3 to start, so some die before they claim, some after.
LONGEST_GAP = 0.5


class Storm:
    """Two workers and a producer, each started anew when it has died; what the producer was promised is kept."""

    def __init__(self, folder, start_worker):
        self.folder, self.start_worker = folder, start_worker
        self.accepted: dict[int, int] = {}
        self.workers = [self.new_worker() for _ in range(2)]
        self.producer = self.new_producer()

    def new_worker(self):
        return self.start_worker("--lease", "0.5")

    def new_producer(self):
        """Go on behind the last number that was accepted."""
        first = max(self.accepted, default=-1) + 1
        command = [sys.executable, str(PRODUCER), str(first)]
        self.said = self.folder / "said"
        with open(self.said, "wb") as said:
            return subprocess.Popen(command, cwd=self.folder, stdout=said)

    def hear(self):
        """Note what the dead producer was promised."""
        for line in self.said.read_text(encoding="utf-8").splitlines():
            number, task = map(int, line.split())
            self.accepted[number] = task

    def kill(self, victim):
        """Kill a worker (0, 1) or the producer (2), and start another."""
        process = self.producer if victim == 2 else self.workers[victim]
        process.kill()
        process.wait(LIMIT)
        if victim == 2:
            self.hear()
            self.producer = self.new_producer()
        else:
            self.workers[victim] = self.new_worker()

    def calm_down(self):
        """Let the producer come to its end, kill the workers once more, and let another run what is left."""
        (self.folder / "enough").touch()
        assert self.producer.wait(LIMIT) == 0
        self.hear()
        for worker in self.workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait(LIMIT)
        assert self.start_worker("--lease", "0.5", "--exit-when-idle").wait(LIMIT) == 0


def test_a_storm_of_kills_loses_no_accepted_task(tmp_path, start_worker, stored, capfd):
    DurableQueue(tmp_path / "tasks.db").close()
    chance = random.Random(20)
    storm = Storm(tmp_path, start_worker)
    victims = [chance.choice((0, 1, 2)) for _ in range(KILLS)]
    for victim in victims:
        time.sleep(chance.uniform(0, LONGEST_GAP))  # the moment of the kill: any will do
        storm.kill(victim)
    storm.calm_down()
    states = dict(stored.rows("SELECT id, state FROM task"))
    marks = Counter(map(int, (tmp_path / "marks").read_text(encoding="utf-8").split()))
    with capfd.disabled():
        print(
            f"\nstorm: {KILLS} kill -9 ({victims.count(2)} of the producer, {KILLS - victims.count(2)} of workers); "
            f"{len(storm.accepted)} tasks accepted, {sum(marks[n] > 0 for n in storm.accepted)} done, "
            f"{sum(marks[n] > 1 for n in storm.accepted)} begun twice or more; "
            f"{len(states) - len(storm.accepted)} on the disk that the dying producer was not told of"
        )
    assert sorted(storm.accepted) == list(range(len(storm.accepted))) and len(storm.accepted) >= KILLS
    assert all(states.get(task) == "done" for task in storm.accepted.values())
    assert all(marks[number] for number in storm.accepted)
    assert stored.rows("PRAGMA integrity_check") == [("ok",)]
