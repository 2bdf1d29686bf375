"""What `predict`, `evaluate` and `summary` do with a model of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chainrule.cli import python_code as python
from chainrule.cli.image_training import IMPORT, show_wrong
from chainrule.cli.output import heading, paragraph, speaking_to_stderr
from chainrule.cli.report_text import show_notes
from chainrule.errors import ModelFileError


def is_image_model(file: str) -> bool:
    """Tell a model of images by its contract; a file that is none is left to be refused by who loads it."""
    from chainrule.saving import read_metadata

    try:
        contract = read_metadata(file).get("data_contract")
    except ModelFileError:
        return False
    return isinstance(contract, dict) and contract.get("kind") == "images"


def predict_images(model: str, files: Sequence[str], target: Path | None, as_json: bool) -> None:
    """Write the answers for image files and folders of them, and say on standard error what is not among them."""
    from chainrule.cli.predicting import write
    from chainrule.images import Finding, ImageModel
    from chainrule.images.findings import sentences

    findings: list[Finding] = []
    write(ImageModel.load(model).predict(list(files), findings), target, as_json)
    source = files[0] if len(files) == 1 else list(files)
    with speaking_to_stderr():
        show_notes(sentences(findings))
        loading = f"model = {python.call('ImageModel.load', model)}"
        python.tell(python.script(IMPORT, "", loading, f"print({python.call('model.predict', source)})"))


def evaluate_images(model: str, folder: str, answer: dict[str, Any]) -> None:
    """Print the score on a folder with a subfolder for each class, and what is taken for what."""
    from chainrule.cli.score_text import show_scores
    from chainrule.images import ImageModel
    from chainrule.images.findings import sentences

    scores = ImageModel.load(model).evaluate(folder)
    heading(f"Score of {model} on {folder}")
    show_scores(scores, "images")
    show_wrong(scores["wrong"], scores["n_wrong"])
    notes = sentences(scores.pop("findings"))
    show_notes(notes)
    loading = f"model = {python.call('ImageModel.load', model)}"
    code = python.script(IMPORT, "", loading, f"print({python.call('model.evaluate', folder)})")
    python.tell(code)
    answer |= {"scores": scores, "notes": notes, "python": code}


def show_image_contract(data: dict[str, Any], answer: dict[str, Any]) -> None:
    """Print the form of the images that a model takes, and its classes."""
    from chainrule.images.contract import ImageContract

    contract = ImageContract.from_dict(data)
    height, width, channels = contract.form.shape
    heading("Images, to predict their class")
    colours = "in gray" if channels == 1 else "in colour"
    paragraph(f"{height} × {width} {colours}; images of other sizes are brought to it.")
    paragraph(f"{len(contract.classes)} classes: {', '.join(contract.classes)}")
    answer |= {"task": "multiclass", "images": data}
