"""How well MNIST is learnt, and in what time beside PyTorch: Keras' convnet, the dropout MLP, and our recipe.

    python benchmarks/mnist_accuracy.py [--seeds 5] [--epochs N] [--peer-seeds 1] [--only convnet,mlp,recipe]

Each run is a whole process: import, read the idx files, train, test. Ours runs with each seed, PyTorch's with the first
ones, in turn (channels-last, fused, with the threads that make its first epoch quickest). Needs the folder of MNIST
(CHAINRULE_DATA); takes 20 minutes on two cores. Prints the table, and writes benchmarks/results/mnist_accuracy.json.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from harness import machine
from harness.bench import RESULTS
from harness.inputs import data_folder
from harness.processes import keep_to_cores, whole
from harness.rows import Row, comparison, table, verdict
from harness.works import CORES, OURS, PATIENT

#: PyTorch's threads and variables; the one whose first epoch is the quickest counts.
SETTINGS = ((CORES, {}), (CORES, dict([PATIENT.split("=")])), (1, {}))


@dataclass(frozen=True)
class Recipe:
    """What is learnt: the peers' script and its first arguments, the epochs, and the numbers to reach."""

    title: str
    script: str
    arguments: tuple[str, ...]
    epochs: int
    accuracy: float
    least: float | None
    faster: float | None


RECIPES = {
    "convnet": Recipe("Keras' MNIST convnet", "mnist", ("convnet",), 15, 0.990, 0.988, None),
    "mlp": Recipe("784-512-512-10 with dropout", "mnist", ("mlp",), 20, 0.982, None, None),
    "recipe": Recipe("examples/mnist_recipe.py", "mnist_recipe", (), 10, 0.994, None, 3),
}


def run_once(name, recipe, seed, epochs, folder, setting=(CORES, {})) -> tuple[float, dict]:
    """Return the seconds of one whole process, and what it said."""
    threads, variables = setting
    arguments = [*recipe.arguments, seed, epochs]
    return whole(f"{name.lower()}_{recipe.script}.py", arguments, threads, {"CHAINRULE_DATA": str(folder), **variables})


def learn(recipe, seeds, peer_seeds, epochs, folder) -> dict:
    """Run ours with every seed and PyTorch's with the first ones, in turn; return seconds and accuracies of each."""
    found = {name: {"rounds": [], "accuracies": []} for name in (OURS, "PyTorch")}
    best = {OURS: (CORES, {})}
    if peer_seeds:
        best["PyTorch"] = min(SETTINGS, key=lambda setting: run_once("PyTorch", recipe, 0, 1, folder, setting)[0])
    for seed in range(seeds):
        for name, mine in found.items():
            if name != OURS and seed >= peer_seeds:
                continue
            seconds, facts = run_once(name, recipe, seed, epochs or recipe.epochs, folder, best[name])
            mine["rounds"].append(seconds)
            mine["accuracies"].append(facts["accuracy"])
            print(f"  {name}, seed {seed}: {facts['accuracy']:.2%} in {seconds:.0f} s", flush=True)
    return found


def rows_of(recipe, found, epochs) -> list[Row]:
    """Return the row of the accuracy and that of the time."""
    mine, theirs = found[OURS]["accuracies"], found["PyTorch"]["accuracies"]
    title = f"{recipe.title}, {epochs or recipe.epochs} epochs"
    reached = Row(f"{title}: accuracy, {len(mine)} seeds", "PyTorch", f"{median(mine):.2%}")
    reached.theirs = f"{median(theirs):.2%}" if theirs else ""
    reached.spread = f"{min(mine):.2%}–{max(mine):.2%}"
    reached.target = f"{recipe.accuracy:.1%}" + (f", none under {recipe.least:.1%}" if recipe.least else "")
    reached.met = verdict(median(mine) >= recipe.accuracy and min(mine) >= (recipe.least or 0))
    if not theirs:
        return [reached]
    ours = {"rounds": found[OURS]["rounds"][: len(theirs)]}
    return [reached, comparison(f"{title}: whole process", "PyTorch", ours, found["PyTorch"], recipe.faster)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how often each is learnt")
    parser.add_argument("--peer-seeds", type=int, default=1, help="how often PyTorch learns it")
    parser.add_argument("--epochs", type=int, help="instead of each recipe's own")
    parser.add_argument("--only", default=",".join(RECIPES), help="some of the recipes, by commas")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - set(RECIPES):
        parser.error(f"--only takes {', '.join(RECIPES)}; received {', '.join(sorted(unknown))}")
    folder = data_folder()
    if folder is None or not (Path(folder) / "mnist").is_dir():
        parser.error("name the folder that has mnist/ in CHAINRULE_DATA")
    keep_to_cores()
    rows, found = [], {}
    for key in asked:
        print(f"… {key}", flush=True)
        found[key] = learn(RECIPES[key], options.seeds, options.peer_seeds, options.epochs, folder)
        rows += rows_of(RECIPES[key], found[key], options.epochs)
    print(f"\n{table(rows)}")
    RESULTS.mkdir(exist_ok=True)
    result = {"when": time.strftime("%Y-%m-%d"), "machine": machine.describe()}
    result |= {"rows": [asdict(row) for row in rows], "found": found}
    (RESULTS / "mnist_accuracy.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print("\nbenchmarks/results/mnist_accuracy.json written")


if __name__ == "__main__":
    main()
