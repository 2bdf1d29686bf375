"""A program that adds tasks until it is killed, or a file named `enough` is there: `python producer.py FIRST`.

It numbers its tasks from FIRST on. A number is printed once its task is accepted, with the task's id.
"""

from __future__ import annotations

import itertools
import os
import sys
import time

#: Seconds between two tasks, so that some wait, some run and some are just being added whenever the storm strikes.
GAP = 0.02

if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    import workload

    from chainrule.tasks.durable import DurableQueue

    queue = DurableQueue("tasks.db")
    for number in itertools.count(int(sys.argv[1])):
        if os.path.exists("enough"):
            break
        task = queue.add_task(workload.mark_and_outlast, "marks", GAP, str(number), max_attempts=1000)
        # One write: half a line is never taken for a promise.
        os.write(1, f"{number} {task.id}\n".encode())
        time.sleep(GAP)
    queue.close()
