"""Hold `TableModel.fit`, without a flag, beside scikit-learn: five folds, the same for all.

    python benchmarks/tables_folds.py [repeats] [table …]

Prints the mean and standard error over the folds of the accuracy, for numbers of R², and the seconds of one fit; then
whether we are more than a standard error behind the better of scikit-learn's network and linear model, and on how many
tables ahead of both. Beside the seven tables that count there are made ones, so that nothing is tuned to the seven.
scikit-learn gets the same rows: categories one-hot, missing numbers by the median with an indicator, numbers scaled.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from chainrule.errors import DataError
from chainrule.tables import read_table
from chainrule.tables.answers import answer, score
from chainrule.tables.model import TableModel
from chainrule.tables.splits import deal
from chainrule.tables.table import as_text
from chainrule.tables.target import detect_task

HERE = Path(__file__).parent
FOLDS = 5
#: Name → the target's column.
SEVEN = {
    "pima": "last",
    "titanic": "Survived",
    "iris": "last",
    "breast_cancer": "last",
    "wine": "last",
    "digits": "last",
    "diabetes": "last",
}
OURS, PEERS = "chainrule", ("network", "decayed network", "linear", "boosting")
#: Those that we are not to be behind; of scikit-learn's network the better setting counts.
RIVALS = ("network", "decayed network", "linear")
#: scikit-learn's penalty of a network's weights: its default, and one that suits few rows better.
ALPHAS = {"network": 1e-4, "decayed network": 1.0}


def made_tables():
    """Return tables that scikit-learn makes: numbers and classes, smooth and not, skewed and rare."""
    from sklearn import datasets

    rng = np.random.default_rng(0)
    skewed = np.exp(1.5 * rng.normal(size=(500, 6)))
    logs = np.log(skewed)
    classes = {"n_informative": 6, "n_redundant": 4, "n_classes": 3, "flip_y": 0.1, "random_state": 0}
    rare = {"n_informative": 5, "weights": [0.95], "random_state": 1}
    return {
        "friedman1": datasets.make_friedman1(400, noise=1.0, random_state=0),
        "friedman3": datasets.make_friedman3(400, noise=0.1, random_state=0),
        "skewed": (skewed, logs[:, 0] - logs[:, 1] * logs[:, 2] / 2 + 0.5 * rng.normal(size=500)),
        "hastie": datasets.make_hastie_10_2(1200, random_state=0),
        "three classes": datasets.make_classification(800, 20, **classes),
        "rare class": datasets.make_classification(1500, 12, **rare),
        "moons": datasets.make_moons(400, noise=0.3, random_state=0),
    }


def tables():
    """Return name → (table, target)."""
    found = {}
    for name, target in SEVEN.items():
        try:
            found[name] = read_table(f"example:{name}"), target
        except DataError as error:
            print(f"left out: {error}")
    for name, (X, y) in made_tables().items():
        columns = {f"x{i}": column for i, column in enumerate(X.T)}
        labels = y if len(np.unique(y)) > 20 else np.char.add("class ", y.astype(int).astype(str)).astype(object)
        found[name] = (read_table(columns | {"y": labels}), "y")
    return found


def peer_of(kind, task):
    """Return scikit-learn's estimator of a kind."""
    from sklearn import ensemble, linear_model, neural_network

    numbers = task == "number"
    if kind in ALPHAS:
        options = {"max_iter": 500, "random_state": 0, "alpha": ALPHAS[kind]}
        return (neural_network.MLPRegressor if numbers else neural_network.MLPClassifier)(**options)
    if kind == "linear":
        return (
            linear_model.RidgeCV(np.logspace(-3, 3, 13)) if numbers else linear_model.LogisticRegression(max_iter=2000)
        )
    return (ensemble.HistGradientBoostingRegressor if numbers else ensemble.HistGradientBoostingClassifier)(
        random_state=0
    )


def peer_inputs(table, learn, target, decisions):
    """Return scikit-learn's matrix: what its users write, for the columns that we use too."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    used = [one["name"] for one in decisions if one["use"] and one["name"] != target]
    frame = pd.DataFrame({name: _filled(table[name]) for name in used})
    numbers = [name for name in used if table[name].dtype.kind == "f"]
    steps = [
        ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (
            "texts",
            OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False),
            [name for name in used if name not in numbers],
        ),
    ]
    encoder = ColumnTransformer(steps).fit(frame.iloc[learn])
    return encoder.transform(frame)


def _filled(values):
    """Return a column with its missing texts as a category of their own."""
    return values if values.dtype.kind == "f" else np.where(np.equal(values, None), "missing", values)


def one_fold(table, target, learn, held):
    """Return each method's score and seconds on one fold."""
    started = time.perf_counter()
    model = TableModel.fit(table.rows(learn), target, test=0)
    found = {OURS: [0.0, time.perf_counter() - started]}
    contract = model.contract
    y, _ = contract.encode_target(table)
    values = y * contract.target.scale + contract.target.mean if contract.task == "number" else y.astype(int)
    said = answer(model.network, contract, contract.encode(table.rows(held)))
    found[OURS][0] = score(contract, values[held], said)["score"]["value"]
    X = peer_inputs(table, learn, contract.target.name, model.report["columns"])
    for kind in PEERS:
        started = time.perf_counter()
        peer = peer_of(kind, contract.task).fit(X[learn], values[learn])
        seconds = time.perf_counter() - started
        found[kind] = [float(peer.score(X[held], values[held])), seconds]
    return found


def compare(table, target, repeats):
    """Return method → scores (a fold each), and method → median seconds."""
    name = table.name_of(target)
    numbers = detect_task(table[name]) == "number"
    classes = None if numbers else np.unique(as_text(table[name]).astype(str), return_inverse=True)[1]
    runs = []
    for repeat in range(repeats):
        part = deal(len(table), FOLDS, classes, seed=100 + repeat)
        runs += [one_fold(table, name, np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(FOLDS)]
    scores = {kind: [run[kind][0] for run in runs] for kind in (OURS, *PEERS)}
    seconds = {kind: float(np.median([run[kind][1] for run in runs])) for kind in (OURS, *PEERS)}
    return scores, seconds


def main(repeats=1, only=()):
    """Print the table, the verdict, and write both as JSON."""
    warnings.simplefilter("ignore")
    print(f"{'table':<16}" + "".join(f"{kind:>22}" for kind in (OURS, *PEERS)) + "   verdict")
    results, ahead, behind = {}, [], []
    for name, (table, target) in tables().items():
        if only and name not in only:
            continue
        scores, seconds = compare(table, target, repeats)
        mean = {kind: float(np.mean(values)) for kind, values in scores.items()}
        error = {kind: float(np.std(values, ddof=1) / np.sqrt(len(values))) for kind, values in scores.items()}
        better = max(RIVALS, key=mean.__getitem__)
        verdict = "ahead" if mean[OURS] > mean[better] else "level"
        verdict = "BEHIND" if mean[OURS] < mean[better] - error[better] else verdict
        if name in SEVEN:
            ahead += [name] * (verdict == "ahead")
            behind += [name] * (verdict == "BEHIND")
        cells = [f"{mean[kind]:.3f} ± {error[kind]:.3f} {seconds[kind]:5.2f} s" for kind in scores]
        print(f"{name:<16}" + "".join(f"{cell:>22}" for cell in cells) + f"   {verdict}", flush=True)
        results[name] = {"scores": scores, "seconds": seconds, "verdict": verdict}
    print(
        f"\nof the seven, ahead of both on {len(ahead)}; more than a standard error behind on {len(behind)}: {behind}"
    )
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    if not only:
        report = {"when": time.strftime("%Y-%m-%d"), "repeats": repeats, "tables": results}
        (folder / "tables_folds.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, sys.argv[2:])
