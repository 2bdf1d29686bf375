"""Configurable and Registry: arguments read back, objects made again, names found or refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule.configurable import Configurable, Registry, arguments_of
from chainrule.errors import ArgumentError, ChainruleError
from chainrule.layers import Dense


class Spice(Configurable):
    def __init__(self, heat=1, *, name=None):
        self.heat, self.name = heat, name


class Pepper(Spice):
    not_in_config = ("secret",)

    def __init__(self, colour, secret=None, **options):
        super().__init__(**options)
        self.colour, self.secret = colour, secret


class Mix(Configurable):
    def __init__(self, parts):
        self.parts = parts


def registry():
    found = Registry("spice", Spice)
    found.add(Spice, "plain")
    found.add(Pepper, "red_pepper", colour="red")
    return found


def test_arguments_of_a_class_and_its_bases():
    assert list(arguments_of(Pepper)) == ["colour", "secret", "heat", "name"]
    assert list(arguments_of(Spice)) == ["heat", "name"]


def test_the_config_is_the_arguments_and_makes_the_object_again():
    pepper = Pepper("red", secret=3, heat=9)
    assert pepper.get_config() == {"colour": "red", "heat": 9, "name": None}
    assert pepper.to_config() == {"class": "Pepper", "config": pepper.get_config()}
    assert Pepper.from_config(pepper.get_config()).get_config() == pepper.get_config()


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2]]), [[1, 2]]),
        ((1, np.int8(2)), [1, 2]),
        ({1: np.float64(2.0)}, {"1": 2.0}),
        (Spice(4), {"class": "Spice", "config": {"heat": 4, "name": None}}),
        ([Spice(4)], [{"class": "Spice", "config": {"heat": 4, "name": None}}]),
    ],
)
def test_values_become_what_json_holds(value, plain):
    config = Mix(value).get_config()
    assert config == {"parts": plain} and json.loads(json.dumps(config)) == config


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Spice(), "Spice()"),
        (Spice(2, name="hot"), "Spice(heat=2, name='hot')"),
        (Spice(name="spice"), "Spice()"),  # a name made from the class's
        (Spice(name="spice_3"), "Spice()"),
        (Pepper("red"), "Pepper(colour='red')"),
        (Dense(3, use_bias=False), "Dense(units=3, use_bias=False)"),
        (Dense(3, kernel_initializer="GlorotUniform"), "Dense(units=3)"),
        (
            Dense(3, "tanh", kernel_initializer="zeros"),
            "Dense(units=3, activation=<activation tanh>, kernel_initializer=Zeros())",
        ),
    ],
)
def test_repr_shows_what_is_not_the_default(thing, shown):
    assert repr(thing) == shown


@pytest.mark.parametrize("identifier", ["red_pepper", "Red_Pepper", {"class": "Pepper", "config": {"colour": "red"}}])
def test_a_name_or_a_config_makes_an_object(identifier):
    assert registry().get(identifier).colour == "red"


def test_what_is_one_already_is_given_back():
    spice = Spice()
    assert registry().get(spice) is spice and registry().get(None) is None
    assert isinstance(registry().get(Spice), Spice)
    assert registry().names() == ["pepper", "plain", "red_pepper", "spice"]
    found = Registry("spice", Spice)
    found.add(type("RedPepper", (Spice,), {}), "red_pepper")
    assert found.names() == ["red_pepper"] and "RedPepper" in found and found.get("redpepper") is not None
    with pytest.raises(ArgumentError) as error:
        found.get("redpeper")
    assert str(error.value) == "There is no spice named 'redpeper'. Did you mean 'red_pepper'? Known: red_pepper."


@pytest.mark.parametrize(
    ("identifier", "sentence"),
    [
        ("peper", "There is no spice named 'peper'. Did you mean 'pepper'\\? Known: pepper, plain, red_pepper, spice."),
        ("zzz", "There is no spice named 'zzz'. Known:"),
        ({"class": "os.system", "config": {}}, "There is no spice named 'os.system'."),
        (
            {"class": "red_pepper", "config": {}},
            "There is no spice named 'red_pepper'.",
        ),  # aliases are for people, not for files
        ({"class": "Pepper"}, "Expected a spice, its name or None; received {'class': 'Pepper'}"),
        (3, "Expected a spice, its name or None; received 3. Names: pepper, plain"),
        (int, "Expected a spice"),
    ],
)
def test_refused(identifier, sentence):
    with pytest.raises(ArgumentError, match=sentence) as caught:
        registry().get(identifier)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, ChainruleError)


def test_the_article():
    with pytest.raises(ArgumentError, match="Expected an optimizer"):
        Registry("optimizer", Spice).get(3)
