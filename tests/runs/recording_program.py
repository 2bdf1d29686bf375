"""A program that records a run until it is killed; it tells on standard output what it has recorded, and when."""

from __future__ import annotations

import os
import sys
import time

from chainrule.runs import Recorder


def main(folder: str) -> None:
    recorder = Recorder(folder, name="doomed", capture_output=False)
    os.write(1, f"path {recorder.path}\n".encode())
    epoch = 0
    while True:
        for step in range(epoch * 10, epoch * 10 + 10):
            recorder.log(step, {"loss": 1 / (step + 1)})
        recorder.epoch(epoch, epoch * 10 + 10, {"loss": 1 / (epoch + 1)})
        os.write(1, f"{epoch} {time.monotonic()}\n".encode())
        epoch += 1
        time.sleep(0.001)  # the pace of a training; nothing waits for it


if __name__ == "__main__":
    main(sys.argv[1])
