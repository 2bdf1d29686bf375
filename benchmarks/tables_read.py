"""A million rows of 20 numbers from CSV to a float32 matrix: time and memory, beside DuckDB's own read into NumPy.

Each side runs in a process of its own, three times; the best time counts. The memory is the process' peak above what
it held before reading, over the bytes of the float32 matrix. Aims: at most 2 times the seconds, and 3
times the matrix.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, COLUMNS, REPEATS = 1_000_000, 20, 3
TARGET = "y"


def memory(line: str) -> float:
    """Return VmRSS (now) or VmHWM (peak) of this process, in MB."""
    with open("/proc/self/status") as status:
        return next(int(row.split()[1]) for row in status if row.startswith(line)) / 1e3


def write(path: Path, rows: int) -> None:
    """Write the table: 20 numbers with four decimals, and a target of 0 and 1."""
    import duckdb

    numbers = ", ".join(f"round(random() * 1000 - 500, 4) AS x{i}" for i in range(COLUMNS))
    query = f"COPY (SELECT {numbers}, (random() > 0.5)::INT AS {TARGET} FROM range({rows})) TO '{path}' (HEADER)"
    duckdb.connect().execute(query)


def read_with_duckdb(path: str) -> int:
    import duckdb

    return len(duckdb.connect().execute(f"SELECT * FROM read_csv('{path}')").fetchnumpy()[TARGET])


def read_with_chainrule(path: str) -> int:
    from chainrule.tables import DataContract, read_table

    table = read_table(path)
    contract = DataContract.learn(table, TARGET)
    contract.encode_target(table)
    return len(contract.encode(table, release=True))


SIDES = {"duckdb": read_with_duckdb, "chainrule": read_with_chainrule}


def measure(side: str, path: str) -> None:
    """Run one side in this process and print its seconds and MB."""
    import duckdb

    import chainrule.tables  # noqa: F401

    duckdb.connect().execute("SELECT 1").fetchall()
    before, start = memory("VmRSS"), time.perf_counter()
    rows = SIDES[side](path)
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": rows, "seconds": seconds, "megabytes": memory("VmHWM") - before}))


def main(rows: int = ROWS) -> dict[str, float]:
    """Return and print the two ratios."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write(path, rows)
        best = {}
        for side in SIDES:
            command = [sys.executable, __file__, "--side", side, "--path", str(path)]
            runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(REPEATS)]
            best[side] = {key: min(run[key] for run in runs) for key in ("seconds", "megabytes")}
    matrix = rows * COLUMNS * 4 / 1e6
    ratios = {
        "seconds_ratio": best["chainrule"]["seconds"] / best["duckdb"]["seconds"],
        "memory_ratio": best["chainrule"]["megabytes"] / matrix,
    }
    for side, result in best.items():
        size = f"{result['megabytes']:.0f} MB = {result['megabytes'] / matrix:.2f} × the matrix"
        print(f"{side:10} {result['seconds']:6.2f} s  {size}")
    print(f"seconds ratio {ratios['seconds_ratio']:.2f} (aim: 2), memory ratio {ratios['memory_ratio']:.2f} (aim: 3)")
    return ratios


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--path")
    arguments = parser.parse_args()
    if arguments.side:
        measure(arguments.side, arguments.path)
    else:
        main(arguments.rows)
