"""Files from strangers: each is written here, and each is refused with one sentence of ours."""

from __future__ import annotations

import json
import pickle
import zipfile

import numpy as np
import pytest

from chainrule.errors import ModelFileError
from chainrule.saving import load_checkpoint, load_model, load_weights, read_metadata
from chainrule.saving.container import pack


def refused(path, said, load=load_model):
    with pytest.raises(ModelFileError) as caught:
        load(path)
    message = str(caught.value)
    assert said in message
    assert str(path) in message and message.endswith(".") and "\n" not in message
    # One sentence, and no traceback of what happened inside.
    assert caught.value.__cause__ is None and (caught.value.__context__ is None or caught.value.__suppress_context__)


# What is no model file at all -----------------------------------------------------------------------------------------


def whole(data):
    return lambda path, good: path.write_bytes(data(good) if callable(data) else data)


def zipped(path, good):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")


class Bomb:
    """A pickle that would say so if it were loaded."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


NOT_OURS = {
    "missing": (lambda path, good: None, "There is no model file"),
    "folder": (lambda path, good: path.mkdir(), "is a folder, not a model file"),
    "empty": (whole(b""), "it is empty"),
    "short": (whole(b"abc"), "not a safetensors file"),
    "text": (whole(b"this is a plain text, nothing else\n" * 9), "not a safetensors file"),
    "hdf5": (whole(b"\x89HDF\r\n\x1a\n" + bytes(90)), "it is an HDF5 file, perhaps of Keras"),
    "zip": (zipped, "it is a zip archive, perhaps of Keras or PyTorch"),
    "pickle": (whole(pickle.dumps(Bomb())), "not a safetensors file"),
    "cut in the header": (whole(lambda good: good[:100]), "it is cut off: its header has"),
    "cut in the numbers": (whole(lambda good: good[:-1]), "it is cut off or has bytes too many"),
    "a byte too many": (whole(lambda good: good + b"\0"), "it is cut off or has bytes too many"),
    "header longer than the file": (whole(lambda good: (10**6).to_bytes(8, "little") + good[8:]), "it is cut off"),
    "header of 2^63 bytes": (whole(lambda good: (2**63).to_bytes(8, "little") + good[8:]), "its start is damaged"),
    "header of 0 bytes": (whole(lambda good: bytes(8) + good[8:]), "its start is damaged"),
    "header not UTF-8": (whole(lambda good: good[:8] + b"\xff" + good[9:]), "not UTF-8"),
    "header not JSON": (whole(lambda good: good[:8] + b"[" + good[9:]), "not JSON"),
    "another's": (
        whole(pack({"fc.weight": np.zeros((2, 2)), "fc.bias": np.zeros(2)}, {"format": "pt"})),
        "it is a safetensors file, but not one of chainrule's; it holds 'fc.weight', 'fc.bias'",
    ),
    "nothing within": (whole(pack({}, {})), "not one of chainrule's; it holds no tensors"),
}


@pytest.mark.parametrize("name", NOT_OURS)
@pytest.mark.parametrize("load", [load_model, read_metadata, lambda path: load_weights(trained_model(), path)])
def test_what_is_no_model_file(name, load, good_bytes, tmp_path):
    write, said = NOT_OURS[name]
    path = tmp_path / "m.safetensors"
    write(path, good_bytes)
    refused(path, said, load)


def trained_model():
    from chainrule.layers import Dense
    from chainrule.models import Sequential

    return Sequential([Dense(1, input_dim=1)])


# Damaged or hostile texts ---------------------------------------------------------------------------------------------


def raw(name, text):
    return lambda forged: forged.set_text(name, text)


def config(change):
    """Return an edit of the model's config."""

    def edit(forged):
        model = forged.text("model")
        change(model["config"])
        forged.set_text("model", model)

    return edit


def layer(change, number=0):
    """Return an edit of one layer's description."""
    return config(lambda model: change(model["layers"][number]))


def argument(name, value, number=0):
    """Return an edit of one argument of a layer."""
    return layer(lambda described: described["config"].__setitem__(name, value), number)


def settings(change):
    """Return an edit of the compile settings."""

    def edit(forged):
        compiled = forged.text("compile")
        change(compiled)
        forged.set_text("compile", compiled)

    return edit


def tensor(name, **changes):
    return lambda forged: forged.header[name].update(changes)


def graph(**changes):
    """Return an edit that turns the model into a functional one with something wrong in it."""
    dense = {"class": "Dense", "config": {"units": 1}}
    described = {
        "name": None, "seed": 1, "dtype": "float32", "trainable": True,
        "inputs": [{"shape": [3], "name": "x", "dtype": None}],
        "layers": [dense],
        "calls": [{"layer": 0, "inputs": [[-1, 0]]}],
        "outputs": [[0, 0]],
    }  # fmt: skip
    return raw("model", json.dumps({"class": "Model", "config": described | changes}))


def nested(levels):
    """Return models within models, so deep."""
    described = {"class": "Dense", "config": {"units": 1}}
    for _ in range(levels):
        inner = {
            "name": None,
            "seed": 1,
            "dtype": "float32",
            "trainable": True,
            "input_shape": [1],
            "layers": [described],
        }
        described = {"class": "Sequential", "config": inner}
    return json.dumps(described)


def laughs(levels):
    """Return a model that uses a model twice that uses a model twice …: 2^levels layers in a few lines."""
    described = {"class": "Dropout", "config": {"rate": 0.5}}
    for level in range(levels):
        described = {
            "class": "Model",
            "config": {
                "name": f"m{level}", "seed": 1, "dtype": "float32", "trainable": True,
                "inputs": [{"shape": [3], "name": "x", "dtype": None}],
                "layers": [described],
                "calls": [{"layer": 0, "inputs": [[number, 0]]} for number in (-1, 0)],
                "outputs": [[1, 0]],
            },
        }  # fmt: skip
    return json.dumps(described)


HUGE = 10**9
HOSTILE = {
    # the format
    "newer": (raw("format", "2"), "it was written by a newer chainrule (format 2; this one reads 1): update chainrule"),
    "format 0": (raw("format", "0"), "its format is 0"),
    "format True": (raw("format", "true"), "its format is True"),
    "format 1e400": (raw("format", "1" * 400), "beyond 64 bits"),
    "unknown text": (raw("lambda", '"print(1)"'), "it holds an unknown text 'chainrule.lambda'"),
    "unknown kind": (raw("kind", '"zip"'), "its kind is 'zip'"),
    "kind no text": (raw("kind", "[]"), "its kind is []"),
    "no model": (lambda forged: forged.texts.pop("chainrule.model"), "what it describes is not a model"),
    # JSON
    "doubled key": (
        raw("model", '{"class": "Dense", "class": "Sequential", "config": {}}'),
        "has the key 'class' twice",
    ),
    "deep JSON": (raw("model", "[" * 50_000), "nested more than 64 levels deep"),
    "deep models": (raw("model", nested(40)), "nested more than 64 levels deep"),
    "NaN": (raw("model", '{"class": "Dense", "config": {"units": NaN}}'), "holds NaN"),
    "no JSON": (raw("model", "import os"), "not JSON"),
    "a list": (raw("model", "[]"), "a layer is described by its class and config"),
    "null": (raw("model", "null"), "what it describes is not a model"),
    # classes
    "a layer alone": (raw("model", '{"class": "Dense", "config": {"units": 1}}'), "what it describes is not a model"),
    "Lambda": (
        layer(lambda one: one.update({"class": "Lambda"})),
        "it asks for the layer 'Lambda', which is not one of",
    ),
    "dotted name": (layer(lambda one: one.update({"class": "os.system"})), "it asks for the layer 'os.system'"),
    "dunder": (layer(lambda one: one.update({"class": "__init__"})), "it asks for the layer '__init__'"),
    "a class of another kind": (layer(lambda one: one.update({"class": "Adam"})), "it asks for the layer 'Adam'"),
    "base class": (layer(lambda one: one.update({"class": "Layer"})), "it asks for the layer 'Layer'"),
    "class no text": (layer(lambda one: one.update({"class": ["Dense"]})), "the class of a layer is a text"),
    "module key": (layer(lambda one: one.update({"module": "os"})), "a layer is described by its class and config"),
    "config no dict": (layer(lambda one: one.update({"config": [1]})), "the config of Dense is not a dict"),
    # arguments
    "unknown argument": (argument("safe_mode", False), "Dense has no argument 'safe_mode'"),
    "misspelt argument": (argument("unit", 3), "Dense has no argument 'unit'. Did you mean 'units'?"),
    "missing argument": (layer(lambda one: one["config"].pop("units")), "Dense can't be made as described"),
    "dunder argument": (argument("__class__", "x"), "Dense has no argument '__class__'"),
    "an argument for scripts only": (argument("input_shape", [3]), "Dense has no argument 'input_shape'"),
    "units a text": (argument("units", "a"), "Dense's units is a whole number"),
    "units a list": (argument("units", [3]), "Dense's units is a whole number"),
    "units a dict": (argument("units", {"a": 1}), "Dense's units can't be"),
    "units a class": (argument("units", {"class": "Zeros", "config": {}}), "Dense's units can't be"),
    "units negative": (argument("units", -4), "Dense's units is a whole number"),
    "units 0": (argument("units", 0), "Dense's units is a whole number"),
    "units true": (argument("units", True), "Dense's units is a whole number"),
    "units 1e308": (argument("units", 1e308), "shape"),
    "units of 400 digits": (
        raw("model", '{"class": "Dense", "config": {"units": ' + "9" * 400 + "}}"),
        "beyond 64 bits",
    ),
    "bias no flag": (argument("use_bias", "yes"), "Dense's use_bias can't be 'yes'"),
    "rate 1": (argument("rate", 1.0, 1), "Dropout's rate is a number"),
    "seed a class": (argument("seed", {"class": "Zeros", "config": {}}, 1), "Dropout's seed can't be"),
    "dtype": (argument("dtype", "object"), "Dense's dtype can't be 'object'"),
    "activation": (argument("activation", "eval"), "activation"),
    "activation of another kind": (
        argument("activation", {"class": "Dense", "config": {"units": 1}}),
        "it asks for the activation 'Dense'",
    ),
    "initializer of another kind": (
        argument("kernel_initializer", {"class": "L2", "config": {}}),
        "it asks for the initializer 'L2'",
    ),
    "file in an initializer": (
        argument("kernel_initializer", {"class": "Constant", "config": {"value": "/etc/passwd"}}),
        "Constant can't be made as described",
    ),
    # names
    "name a path": (argument("name", "../../etc/passwd"), "has a slash, '..' or a sign that can't be printed"),
    "name with ..": (argument("name", ".."), "has a slash, '..' or a sign that can't be printed"),
    "name with a backslash": (argument("name", "a\\b"), "has a slash"),
    "name with a zero": (argument("name", "a\0b"), "a sign that can't be printed"),
    "name a number": (argument("name", 3), "the name of Dense is a text"),
    "name without end": (argument("name", "a" * 10_000), "the name of Dense is a text of 1 to 200 characters"),
    "name of ours": (argument("name", "optimizer"), "a layer is named 'optimizer'"),
    "two of one name": (argument("name", "dense", 2), "Two layers are named 'dense'"),
    "another name": (argument("name", "other"), "the weight 'other/kernel' is missing"),
    "model's name": (config(lambda model: model.update(name="/tmp/x")), "has a slash"),
    # sizes: the file is small, what it declares is not
    "declared size": (argument("units", HUGE), "has shape (3, 4), and in the model (3, 1000000000)"),
    "declared size beyond 64 bits": (argument("units", 2**63), "has shape"),
    "declared input": (
        config(lambda model: model.update(input_shape=[HUGE])),
        "has shape (3, 4), and in the model (1000000000",
    ),
    "a layer more": (
        config(lambda model: model["layers"].append({"class": "Dense", "config": {"units": HUGE}})),
        "the weight 'dense_2/kernel' is missing",
    ),
    "a layer fewer": (
        config(lambda model: model["layers"].pop()),
        "the weight 'dense_1/kernel' has no place in the model",
    ),
    "layers without end": (
        config(lambda model: model.update(layers=model["layers"][1:2] * 1200)),
        "more than 1,000 layers",
    ),
    "laughs": (raw("model", laughs(16)), "goes through more than 10,000 layers"),
    "input shape": (
        config(lambda model: model.update(input_shape=[-3])),
        "an input's shape is a list of whole numbers",
    ),
    "input shape a text": (config(lambda model: model.update(input_shape="333")), "an input's shape is a list"),
    "no input shape": (config(lambda model: model.update(input_shape=None)), "the model's input shape is not known"),
    "no layers": (config(lambda model: model.update(layers=[])), "input shape is not known"),
    "layers a dict": (config(lambda model: model.update(layers={})), "the layers of a Sequential are not a list"),
    "a layer null": (config(lambda model: model.update(layers=[None])), "Sequential can't be made as described"),
    "a key more": (config(lambda model: model.update(call="os.system")), "wrong or missing: 'call'"),
    "a key fewer": (config(lambda model: model.pop("seed")), "wrong or missing: 'seed'"),
    "seed negative": (config(lambda model: model.update(seed=-1)), "A seed is a whole number"),
    "seed a text": (config(lambda model: model.update(seed="1")), "the dtype, seed or trainable of a Sequential"),
    "model's dtype": (
        config(lambda model: model.update(dtype="float16")),
        "the dtype, seed or trainable of a Sequential",
    ),
    "other dtype": (config(lambda model: model.update(dtype="float64")), "is float32, and the model float64"),
    # the graph
    "graph: call of nothing": (
        graph(calls=[{"layer": 1, "inputs": [[-1, 0]]}]),
        "a call is of layer 1, and there are 1",
    ),
    "graph: call from behind": (graph(calls=[{"layer": -1, "inputs": [[-1, 0]]}]), "a call is of layer -1"),
    "graph: a circle": (graph(calls=[{"layer": 0, "inputs": [[0, 0]]}]), "comes before nothing known"),
    "graph: from behind": (graph(outputs=[[-2, 0]]), "comes before nothing known"),
    "graph: no inputs": (graph(inputs=[]), "the inputs or the calls of a Model"),
    "graph: input object": (
        graph(inputs=[{"shape": [3], "name": "x", "dtype": "O"}]),
        "the dtype of an input can't be 'O'",
    ),
    "graph: input fields": (graph(inputs=[{"shape": [3], "name": "x"}]), "an input of a Model has the keys"),
    "graph: input name": (graph(inputs=[{"shape": [3], "name": "a/b", "dtype": None}]), "has a slash"),
    "graph: input shape": (graph(inputs=[{"shape": [True], "name": "x", "dtype": None}]), "an input's shape"),
    "graph: places": (graph(outputs=[[0, "0"]]), "where a value comes from"),
    "graph: no outputs": (graph(outputs=[]), "where a value comes from"),
    "graph: call fields": (graph(calls=[{"layer": 0}]), "a call of a layer has the keys"),
    "graph: calls a text": (graph(calls="0"), "the inputs or the calls of a Model"),
    "graph: too many calls": (graph(calls=[{"layer": 0, "inputs": [[-1, 0]]}] * 10_001), "more than 10,000 calls"),
    "graph: does not fit": (graph(inputs=[{"shape": [], "name": "x", "dtype": None}]), "Dense needs inputs of shape"),
    # tensors
    "another dtype": (tensor("dense/bias", dtype="I32"), "the weight 'dense/bias' is int32, and the model float32"),
    "another shape": (tensor("dense/kernel", shape=[4, 3]), "has shape (4, 3), and in the model (3, 4)"),
    "another rank": (tensor("dense/kernel", shape=[12]), "has shape (12,), and in the model (3, 4)"),
    "overlap": (tensor("dense/bias", data_offsets=[0, 16]), "overlaps another or leaves a gap"),
    "beyond the end": (tensor("dense/bias", data_offsets=[10**12, 10**12 + 16]), "overlaps another or leaves a gap"),
    "a tensor renamed": (
        lambda forged: forged.header.update({"../../x": forged.header.pop("dense/bias")}),
        "the weight 'dense/bias' is missing; the weight '../../x' has no place in the model",
    ),
    # compile settings
    "compile: no dict": (raw("compile", "[]"), "the compile settings have the keys"),
    "compile: a key more": (settings(lambda one: one.update(run="os")), "the compile settings have the keys"),
    "compile: optimizer": (
        settings(lambda one: one["optimizer"].update({"class": "os"})),
        "it asks for the optimizer 'os'",
    ),
    "compile: no optimizer": (
        settings(lambda one: one.update(optimizer=None)),
        "the model can't be compiled as described",
    ),
    "compile: rate": (settings(lambda one: one["optimizer"]["config"].update(learning_rate=-1)), "learning_rate"),
    "compile: rate a text": (
        settings(lambda one: one["optimizer"]["config"].update(learning_rate="eval")),
        "learning_rate",
    ),
    "compile: schedule": (
        settings(lambda one: one["optimizer"]["config"].update(learning_rate={"class": "Dense", "config": {}})),
        "it asks for the learning_rate 'Dense'",
    ),
    "compile: loss": (
        settings(lambda one: one["losses"][0].update({"class": "Lambda"})),
        "it asks for the loss 'Lambda'",
    ),
    "compile: loss a text": (settings(lambda one: one.update(losses=["mse"])), "a loss is described by its class"),
    "compile: two losses": (settings(lambda one: one["losses"].append(None)), "one entry for each of the 1 outputs"),
    "compile: metric": (
        settings(lambda one: one["metrics"][0].append({"class": "FunctionMetric", "config": {"function": "eval"}})),
        "it asks for the metric 'FunctionMetric'",
    ),
    "compile: metrics": (settings(lambda one: one.update(metrics=[3])), "the metrics in the compile settings"),
    "compile: weights": (
        settings(lambda one: one.update(loss_weights=["x"])),
        "the model can't be compiled as described",
    ),
    "compile: engine": (settings(lambda one: one.update(engine="os")), "the model can't be compiled as described"),
    "compile: engine a list": (settings(lambda one: one.update(engine=[])), "the engine in the compile settings"),
    # the optimizer's state
    "state without settings": (
        lambda forged: forged.texts.pop("chainrule.compile"),
        "optimizer's state and no compile settings",
    ),
    "state of another": (
        settings(lambda one: one.update(optimizer={"class": "SGD", "config": {}})),
        "not the state of this SGD",
    ),
    "state of another size": (
        tensor("optimizer/momentum", shape=[3, 7]),
        "the optimizer's 'momentum' has shape (3, 7)",
    ),
    "state of another dtype": (tensor("optimizer/momentum", dtype="I32"), "the optimizer's state does not fit"),
    "rate NaN": (
        lambda forged: set_number(forged, "optimizer/learning_rate", np.nan),
        "the optimizer's state does not fit",
    ),
    "steps negative": (lambda forged: set_number(forged, "optimizer/iterations", np.int64(-1)), "state does not fit"),
    # the rest
    "contract": (raw("data_contract", "[]"), "its data_contract is not a dict"),
    "contract without end": (raw("data_contract", "[" + "0," * 300_000 + "0]"), "more than 200,000 entries"),
    "scores": (raw("scores", "3"), "its scores is not a dict"),
}


def set_number(forged, name, number):
    begin, end = forged.header[name]["data_offsets"]
    forged.numbers = forged.numbers[:begin] + np.asarray(number).tobytes() + forged.numbers[end:]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts(name, forged, tmp_path):
    edit, said = HOSTILE[name]
    edit(forged)
    path = tmp_path / "m.safetensors"
    path.write_bytes(forged.data())
    refused(path, said)


def test_the_forger_leaves_good_files_good(forged, tmp_path):
    # Else every test above would pass for the wrong reason.
    path = tmp_path / "m.safetensors"
    path.write_bytes(forged.data())
    assert load_model(path).count_params() == 21
    graph()(forged)
    path.write_bytes(forged.data())
    refused(path, "the weight 'dense/kernel' has shape (3, 4), and in the model (3, 1)")


CHECKPOINT = {"epoch": 1, "seed": 1, "optimizer": "Adam", "extra": {}}
HOSTILE_CHECKPOINTS = {
    "no checkpoint": ("null", "a checkpoint has the keys"),
    "a key more": (CHECKPOINT | {"path": "/"}, "a checkpoint has the keys"),
    "epoch": (CHECKPOINT | {"epoch": -1}, "the epoch or the extra"),
    "seed": (CHECKPOINT | {"seed": 2**64}, "A seed is a whole number"),
    "optimizer": (CHECKPOINT | {"optimizer": "os"}, "it is of the optimizer 'os'"),
    "extra": (CHECKPOINT | {"extra": []}, "the epoch or the extra"),
    "array missing": (
        CHECKPOINT | {"extra": {"a": {"chainrule.array": "extra/7"}}},
        "an array of its extra is missing",
    ),
    "array a weight": (
        CHECKPOINT | {"extra": {"a": {"chainrule.array": "dense/bias"}}},
        "an array of its extra is missing",
    ),
    "number": (CHECKPOINT | {"extra": {"a": {"chainrule.float": "1e5"}}}, "a number of its extra is damaged"),
}


@pytest.mark.parametrize("name", HOSTILE_CHECKPOINTS)
def test_hostile_checkpoints(name, forged, make_trained, tmp_path):
    described, said = HOSTILE_CHECKPOINTS[name]
    forged.set_text("kind", '"checkpoint"')
    forged.set_text("checkpoint", described)
    path = tmp_path / "c.safetensors"
    path.write_bytes(forged.data())
    refused(path, said, lambda path: load_checkpoint(make_trained()[0], path))
