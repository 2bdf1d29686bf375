"""A command that is asked wrongly says so in one sentence, with the nearest word, and ends with 2."""

from __future__ import annotations

import pytest

from chainrule.cli.main import DONE, FAILED, WRONG_USE

SENTENCES = [
    ("trian", "There is no command 'trian'. Did you mean 'train'? "
     "Commands: train, predict, evaluate, summary, check, doctor, worker, tasks, runs."),
    ("frobnicate", "There is no command 'frobnicate'. "
     "Commands: train, predict, evaluate, summary, check, doctor, worker, tasks, runs."),
    ("tasks", "tasks needs a command: list, retry, cancel, purge. See chainrule tasks --help."),
    ("tasks lst t.db", "tasks has no command 'lst'. Did you mean 'list'? Commands: list, retry, cancel, purge."),
    ("tasks list", "tasks list needs 'DATABASE'. See chainrule tasks list --help."),
    ("--verison", "chainrule has no option '--verison'. Did you mean '--version'? See chainrule --help."),
    ("train t.csv --targt ill", "train has no option '--targt'. Did you mean '--target'? See chainrule train --help."),
    ("train t.csv --target ill --zzz 3", "train has no option '--zzz'. See chainrule train --help."),
    ("predict m --header-no", "predict has no option '--header-no'. Did you mean '--header'? "
     "See chainrule predict --help."),
    ("train t.csv", "train needs '--target'. See chainrule train --help."),
    ("train --target ill", "train needs 'FILE|FOLDER'. See chainrule train --help."),
    ("train t.csv --target", "Option '--target' requires an argument. See chainrule train --help."),
    ("predict m.safetensors", "predict needs 'FILE'. See chainrule predict --help."),
    ("train a.csv b.csv --target ill", "Got unexpected extra argument(s) (b.csv). See chainrule train --help."),
    ("train t.csv --target ill --epochs many", "--epochs takes a whole number; received 'many'. "
     "See chainrule train --help."),
    ("train t.csv --target ill --epochs=1.5", "--epochs takes a whole number; received '1.5'. "
     "See chainrule train --help."),
    ("train t.csv --target ill --learning-rate big", "--learning-rate takes a number; received 'big'. "
     "See chainrule train --help."),
    ("train t.csv --target ill --layers 12,x", "--layers is the units of each hidden layer, such as 12,8, or none; "
     "received '12,x'."),
    ("train t.csv --target ill --layers 12,0", "--layers is the units of each hidden layer, such as 12,8, or none; "
     "received '12,0'."),
    ("summary t.csv --delimiter ;;", "--delimiter is one character, such as ';', or tab; received ';;'."),
    ("doctor t.csv rows.csv", "t.csv is no model file, and takes no rows to be looked at with: chainrule doctor t.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), SENTENCES)
def test_wrong_use_is_one_sentence_and_2(call, words, sentence):
    assert call(*words.split()) == (WRONG_USE, "", f"chainrule: {sentence}\n")


@pytest.mark.parametrize(
    ("option", "given", "nearest"),
    [("--activation", "rellu", "relu"), ("--optimizer", "adm", "adam"), ("--engine", "referense", "reference")],
)
def test_names_get_the_nearest_known_before_the_table_is_read(call, option, given, nearest):
    code, out, err = call("train", "nowhere.csv", "--target", "y", option, given)
    assert (code, out) == (WRONG_USE, "")
    assert f"named {given!r}. Did you mean {nearest!r}?" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("train {} --target", "--target"),
        ("train {} --target ill --without", "--without"),
        ("doctor {} --target", "--target"),
    ],
)
def test_an_unknown_column_gets_the_nearest(call, table, words, option):
    code, _, err = call(*words.format(table).split(), "wieght")
    assert code == WRONG_USE
    assert err == (
        f"chainrule: {option}: {table} has no column 'wieght'. Did you mean 'weight'? "
        "Its columns: age, weight, ward, ill.\n"
    )


def test_nothing_at_all_is_help(call):
    called = call()
    assert called.code == DONE
    assert called.out.startswith("Usage: chainrule [OPTIONS] COMMAND [ARGS]...\n")


def test_version(call):
    from chainrule import __version__

    assert call("--version") == (DONE, f"chainrule {__version__}\n", "")


def test_no_file_is_a_failure_not_wrong_use(call):
    assert call("summary", "nowhere.csv") == (FAILED, "", "chainrule: There is no file nowhere.csv.\n")
