"""`chainrule train`: from a table, or a folder of images, to a trained, tested, saved model."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.options import DelimiterOption, DiskOption, ForceOption, HeaderOption, JsonOption

LayersOption = Annotated[
    str | None, typer.Option(help="Units of the hidden layers, such as 12,8; or none.", metavar="UNITS")
]
RateOption = Annotated[float | None, typer.Option(help="The size of a training step.", metavar="NUMBER")]
SplitOption = Annotated[
    float | None, typer.Option(help="Share of the training rows that decides when to stop.", metavar="SHARE")
]


def train(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER",
            help="The table, as for predict; or a folder with a subfolder of images for each class.",
            show_default=False,
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            help="The column to predict: its name, its number from 0, or last. A table needs it.", metavar="COLUMN"
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="The model file; by default beside the data.", metavar="MODEL")
    ] = None,
    force: ForceOption = False,
    without: Annotated[
        str | None, typer.Option(help="Columns to leave out, separated by commas.", metavar="COLUMNS")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="binary, multiclass or number; found out by default.", metavar="TASK")
    ] = None,
    layers: LayersOption = None,
    activation: Annotated[str | None, typer.Option(help="relu, tanh, …, of the hidden layers.", metavar="NAME")] = None,
    epochs: Annotated[int | None, typer.Option(help="At most so many passes over the rows.", metavar="N")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows in one training step.", metavar="N")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam, sgd, …", metavar="NAME")] = None,
    learning_rate: RateOption = None,
    validation_split: SplitOption = None,
    test: Annotated[float, typer.Option(help="Share of the rows held out for the score.", metavar="SHARE")] = 0.2,
    folds: Annotated[
        int | None, typer.Option(help="Score by k-fold cross-validation, with so many folds.", metavar="K")
    ] = None,
    restarts: Annotated[
        int | None, typer.Option(help="Networks to train, of which the best stays.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option(help="Fixes every random number.", metavar="N")] = 0,
    positive: Annotated[str | None, typer.Option(help="Of two classes, the one to be found.", metavar="CLASS")] = None,
    size: Annotated[
        str | None, typer.Option(help="Of images: 28, or 28x32 for height and width.", metavar="PIXELS")
    ] = None,
    grayscale: Annotated[bool, typer.Option("--grayscale", help="Read images without their colours.")] = False,
    augment: Annotated[
        bool | None,
        typer.Option(
            "--augment/--no-augment",
            help="Whether images are moved and turned a little in training; they are by default.",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(help="Write filters, feature maps and wrong images here, as PNG.", metavar="FOLDER"),
    ] = None,
    class_weight: Annotated[
        str | None, typer.Option(help="balanced: all classes weigh the same, however rare.", metavar="NAME")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Record the training, in the folder runs: chainrule runs shows it.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write figures and scores beside the model, as one HTML file.")
    ] = False,
    engine: Annotated[str | None, typer.Option(help="Who computes: auto or reference.", metavar="NAME")] = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    from_disk: DiskOption = None,
    json: JsonOption = False,
) -> None:
    r"""Train a network on a table or a folder of images, score it on rows it has not seen, and save it.

    What is not said is chosen: the task, what to do with each column, the layers, when to stop. Ctrl-C ends training
    early and keeps the best network so far. Files too large for memory are trained from disk.

    \b
    chainrule train patients.csv --target diagnosis
    chainrule train example:iris --target last --out iris.safetensors
    chainrule train prices.csv --target price --layers 12,8 --epochs 150
    chainrule train photos --size 64 --show sheets
    """
    from chainrule.cli.image_training import is_images

    of_tables = {
        "without": without,
        "task": task,
        "layers": layers,
        "activation": activation,
        "folds": folds,
        "restarts": restarts,
        "positive": positive,
        "class_weight": class_weight,
        "header": header,
        "delimiter": delimiter,
    }
    of_both = {
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "validation_split": validation_split,
        "test": test,
        "seed": seed,
    }
    if is_images(file, target):
        from chainrule.cli.image_training import ImageSettings, train_on_images

        settings = ImageSettings(
            file, out, force, size, grayscale, augment, show, engine, from_disk, json, record, report
        )
        train_on_images(settings, of_both, of_tables)
        return
    from chainrule.cli.image_training import refuse_options
    from chainrule.cli.training import Settings, train_and_save

    refuse_options(
        {"size": size, "grayscale": grayscale or None, "augment": augment, "show": show}, "a folder of images", file
    )
    places = {name: of_tables.pop(name) for name in ("without", "header", "delimiter")}
    settings = Settings(
        file, str(target), out, force, places["without"], engine, places["header"], places["delimiter"], from_disk,
        json, record, report,
    )  # fmt: skip
    train_and_save(settings, of_tables | of_both)
