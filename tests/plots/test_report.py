"""The report of a model: what is on the page, of which rows, and that nothing in it runs or asks a server."""

from __future__ import annotations

import base64
import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("plotly", reason='figures need chainrule["report"]')

from chainrule import plots
from chainrule.errors import ArgumentError, DataError, MissingExtraError
from chainrule.tables import TableModel

#: A name that would run, were it not escaped.
EVIL = "<script>alert(1)</script>"
N = 90
QUICK = {"layers": [3], "epochs": 4, "restarts": 1}


class Read(HTMLParser):
    """What a page holds: its text, its tags, and what stands in its scripts."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.text, self.scripts, self.inside = [], [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else None
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = None if tag == self.inside else self.inside

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside is None:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    @property
    def figures(self) -> dict:
        """The figures' light data by their titles."""
        kept = json.loads(self.scripts[0])
        named = [attributes for tag, attributes in self.tags if attributes.get("class") == "plot"]
        return {one["aria-label"].partition(".")[0]: kept["figures"][one["id"]] for one in named}


def read(path) -> Read:
    return Read(path.read_text(encoding="utf-8"))


def unpacked(values) -> np.ndarray:
    """Return an array as Plotly packed it."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"]))
    return np.asarray(values)


def table(kind: str) -> dict:
    """Return a table of two columns whose target is a class, one of several, or a number."""
    n = np.arange(N)
    x = n * 37 % N / 10.0
    y = {
        "binary": np.where(x > 4, EVIL, "no & never"),
        "multiclass": np.array(["a", "b", EVIL])[np.minimum(x // 3, 2).astype(int)],
        "number": x * 2 + n % 3,
    }[kind]
    return {"x" + EVIL: x, "ward": np.where(n % 2, "<b>north", "south"), "y": y}


@pytest.fixture(scope="module", params=["binary", "multiclass", "number"])
def reported(request, tmp_path_factory):
    """Return the kind of a model, the model, and its page."""
    model = TableModel.fit(table(request.param), target="y", **QUICK)
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert plots.report(model, path) == path
    return request.param, model, path


def test_the_page_has_its_sections_and_figures(reported):
    kind, model, path = reported
    page = read(path)
    sections = "Score", "Answers", "Training", "Weights", "What was decided about each column", "Data contract"
    for name in (*sections, "Use the model"):
        assert name in page.words
    titles = " | ".join(page.figures)
    parts = (
        ["Residuals"] if kind == "number" else ["Confusion matrix", "ROC curve", "Precision and recall", "Calibration"]
    )
    for part in [*parts, "Loss of 1 network"]:
        assert part in titles
    score = model.report["scores"]["score"]
    shown = f"{100 * score['value']:.1f} %" if kind != "number" else f"{score['value']:.3f}"
    assert shown.replace("-", "−") in page.words
    assert f"on {model.report['scores']['rows']} rows" in page.words
    assert "held out before the training; no network has learnt from them" in page.words
    for one in model.report["columns"]:
        assert " ".join(one["why"].split()) in page.words


def test_nothing_in_the_page_asks_a_server_or_runs_a_name(reported):
    _, _, path = reported
    page, text = read(path), path.read_text(encoding="utf-8")
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert not re.match(r"\s*(\w+:)?//", attributes.get(name) or ""), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in ("link", "iframe", "object", "embed", "form", "base")
    assert "default-src 'none'" in dict(next(a for tag, a in page.tags if tag == "meta" and "http-equiv" in a)).get(
        "content", ""
    )
    # The figures, Plotly once, and the few lines that draw: no name became a script of its own.
    assert len(page.scripts) == 3
    assert EVIL not in text and text.count("plotly.js v") == 1
    assert EVIL in page.words
    assert "<b>north" in page.words


def test_a_name_in_a_figure_is_text_there_too(reported):
    _, _, path = reported
    for figure in read(path).figures.values():
        for look in ("light", "dark"):
            assert EVIL not in json.dumps(figure[look])


def test_the_figures_are_of_the_held_out_rows(reported):
    kind, model, path = reported
    figures, judged = read(path).figures, model.judged
    assert judged.on == "test" and len(judged.y) == model.report["rows"]["test"] == 18
    if kind == "number":
        points = next(figure for name, figure in figures.items() if "Residuals" in name)["light"]["data"][1]
        np.testing.assert_allclose(unpacked(points["x"]), judged.y)
        np.testing.assert_allclose(unpacked(points["y"]), judged.said)
        return
    heat = next(figure for name, figure in figures.items() if "Confusion" in name)["light"]["data"][0]
    assert [[int(text) for text in row] for row in heat["text"]] == model.report["scores"]["confusion"]
    auc = model.report["scores"]["auc"]
    assert any(name.startswith("ROC") for name in figures)
    assert f"area {auc:.3f}" in read(path).words


def test_every_figure_is_there_light_and_dark_and_in_words(reported):
    _, _, path = reported
    page = read(path)
    assert "prefers-color-scheme: dark" in path.read_text(encoding="utf-8")
    plotted = [attributes for _, attributes in page.tags if attributes.get("class") == "plot"]
    assert plotted and all(one["role"] == "img" and re.search(r"\d", one["aria-label"]) for one in plotted)
    for figure in page.figures.values():
        assert figure["light"]["data"] and len(figure["light"]["data"]) == len(figure["dark"]["data"])
        assert "template" not in figure["light"]["layout"]
    templates = json.loads(page.scripts[0])["templates"]
    assert templates["light"]["layout"]["paper_bgcolor"] != templates["dark"]["layout"]["paper_bgcolor"]


def test_the_same_model_has_the_same_report(reported, tmp_path):
    _, model, path = reported
    again = plots.report(model, tmp_path / "again.html")
    assert again.read_bytes() == path.read_bytes()


def test_the_python_on_the_page_is_that_of_the_saved_file(reported, tmp_path):
    _, model, _ = reported
    page = read(plots.report(model, tmp_path / "r.html", saved="data/m o.safetensors"))
    assert 'model = TableModel.load("data/m o.safetensors")' in page.words
    assert "chainrule predict 'data/m o.safetensors' new.csv" in page.words


def test_a_loaded_model_has_scores_and_needs_rows_for_its_curves(reported, tmp_path):
    kind, model, _ = reported
    loaded = TableModel.load(model.save(tmp_path / "m"))
    assert loaded.judged is None
    page = read(plots.report(loaded, tmp_path / "r.html"))
    assert "the curves of the answers need plots.report(model, path, rows=table)" in page.words
    assert ("Confusion matrix" in page.words) == (kind != "number")
    assert "ROC curve: area" not in page.words
    given = read(plots.report(loaded, tmp_path / "r.html", rows=table(kind)))
    assert f"of {N} rows that were given for this report" in given.words
    assert ("Residuals" if kind == "number" else "Calibration") in " ".join(given.figures)


def test_rows_without_the_target_are_refused(reported, tmp_path):
    _, model, _ = reported
    with pytest.raises(DataError, match="y"):
        plots.report(model, tmp_path / "r.html", rows={"x" + EVIL: [1.0], "ward": ["south"]})
    assert not (tmp_path / "r.html").exists()


def test_folds_and_rows_out_of_fold_are_named(tmp_path):
    model = TableModel.fit(table("binary"), target="y", folds=3, **QUICK)
    page = read(plots.report(model, tmp_path / "folds.html"))
    assert model.judged is not None and len(model.judged.y) == N
    assert "each was answered by a model that had not learnt from it" in page.words
    model = TableModel.fit(table("binary"), target="y", test=0, **QUICK)
    page = read(plots.report(model, tmp_path / "none.html"))
    assert "each answered by the networks that had not learnt from it" in page.words


def test_a_model_without_a_score_has_a_report(tmp_path):
    model = TableModel.fit(table("number"), target="y", test=0, validation_split=0, **QUICK)
    page = read(plots.report(model, tmp_path / "none.html"))
    assert model.judged is None
    assert "There is no score: no rows were held out." in page.words
    assert "Loss of 1 network" in " ".join(page.figures)


def test_several_networks_and_their_shares(tmp_path):
    model = TableModel.fit(table("binary"), target="y", epochs=2, restarts=1)
    page = read(plots.report(model, tmp_path / "several.html"))
    assert "The answer is put together of:" in page.words
    assert any(name.startswith("Loss of 2 networks") for name in page.figures)


def test_a_path_or_a_model_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"give a path that ends in .html; received .*report.pdf"):
        plots.report(None, tmp_path / "report.pdf")
    with pytest.raises(ArgumentError, match="takes a TableModel or an ImageModel; received dict"):
        plots.report({}, tmp_path / "report.html")


def test_a_folder_that_is_not_there_is_told(reported, tmp_path):
    _, model, _ = reported
    with pytest.raises(OSError, match="there is no folder"):
        plots.report(model, tmp_path / "none" / "report.html")


def test_without_plotly_the_install_is_named(reported, tmp_path, monkeypatch):
    _, model, _ = reported
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r'pip install "chainrule\[report\]"'):
        plots.report(model, tmp_path / "report.html")


@pytest.fixture
def photos(tmp_path):
    """Return a folder of 40 small images in colour, some of them in the wrong class."""
    Image = pytest.importorskip("PIL.Image", reason='images need chainrule["images"]')
    for name, shade in (("dark", 30), ("light & <b>bright", 160)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            seen = 190 - shade if number % 4 == 0 else shade
            X = np.random.default_rng([shade, number]).integers(0, 60, (8, 8, 3)) + seen
            Image.fromarray(X.astype(np.uint8)).save(tmp_path / "photos" / name / f"{number:02d}.png")
    return tmp_path / "photos"


def test_the_report_of_images_shows_those_it_gets_wrong(photos, tmp_path):
    from chainrule.images import ImageModel

    model = ImageModel.fit(photos, epochs=6, learning_rate=0.01, augment=False)
    n_wrong = model.report["n_wrong"]
    assert n_wrong > 0 and len(model.judged.wrong) == n_wrong
    page = read(plots.report(model, tmp_path / "photos.html", saved="photos.safetensors"))
    assert f"Wrong: {n_wrong} of {len(model.judged.y)} images" in page.words
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == n_wrong
    first = model.report["wrong"][0]
    said = f"{first['true']} taken for {first['predicted']}, {100 * first['probability']:.0f}\u00a0%"
    assert pictures[0]["alt"] == said
    assert all(one["src"].startswith("data:image/png;base64,") for one in pictures)
    for name in ("Filters", "Data contract", "Use the model"):
        assert name in page.words
    assert "<b>bright" in page.words and "<b>bright" not in (tmp_path / "photos.html").read_text(encoding="utf-8")
    loaded = ImageModel.load(model.save(tmp_path / "photos"))
    assert "rows=folder" in read(plots.report(loaded, tmp_path / "loaded.html")).words
    given = read(plots.report(loaded, tmp_path / "given.html", rows=photos))
    assert "of 40 images that were given for this report" in given.words


def test_the_contract_says_what_becomes_of_each_kind_of_column(tmp_path):
    n = np.arange(N)
    columns = {
        "shift": n % 20 - 100.0,
        "gap": np.where(n % 7 == 0, np.nan, n * 1.0),
        "day": [f"2024-01-{row % 28 + 1:02d}" for row in n],
        "ward": [None if row % 5 == 0 else f"w{row % 3}" for row in n],
        "side": np.where(n % 2, "left", "right"),
        "y": n * 1.0,
    }
    model = TableModel.fit(columns, target="y", **QUICK)
    words = read(plots.report(model, tmp_path / "r.html")).words
    shift = model.contract.encoders[0]
    for part in (
        f"shift number (value + {-shift.center:.4g}) / {shift.scale:.4g}",
        "a missing value is told too",
        "day date 2 numbers",
        "ward category one of w0, w1, w2; a missing value is told too",
        "side boolean 0 for 'left', 1 for 'right'",
        "y (predicted) number a number, about",
    ):
        assert part in words


def test_a_model_without_a_report_has_a_page_of_what_is_known(tmp_path):
    trained = TableModel.fit(table("binary"), target="y", **QUICK)
    page = read(plots.report(TableModel(trained.network, trained.contract), tmp_path / "bare.html"))
    assert "There is no score" in page.words and "Data contract" in page.words
    assert "Training" not in page.words
