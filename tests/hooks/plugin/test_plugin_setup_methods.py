"""The `setUp` that never runs, because the class of a test is no `TestCase`."""

import unittest

import pytest
from gardener.hooks.plugin.setup_methods import lacks_unittest, unused_setup

IS_NOSE_GONE = int(pytest.__version__.split(".")[0]) >= 8


class Base:
    def setUp(self):
        self.client = 1


class Inherits(Base):
    pass


class SetsByName:
    def setUp(self):
        self.client = 1


class SetsAnother:
    def setUp(self):
        self.server = 1


class OfClass:
    client: int

    @classmethod
    def setUpClass(cls):
        cls.client = 1


class Nose:
    def setup(self):
        self.client = 1


class Case(unittest.TestCase):
    def setUp(self):
        self.client = 1


class NoSetup:
    def run(self):
        self.client = 1


def error_of(instance):
    with pytest.raises(AttributeError) as raised:
        getattr(instance, "client")  # noqa: B009 - an expression alone is one of no use
    return raised.value


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Base, Base.setUp),
        (Inherits, Base.setUp),
        (SetsByName, SetsByName.setUp),
        (SetsAnother, None),
        (OfClass, vars(OfClass)["setUpClass"].__func__),
        (Nose, Nose.setup if IS_NOSE_GONE else None),
        (Case, None),
        (NoSetup, None),
    ],
)
def test_which_setup_does_not_run(kind, expected):
    instance = kind()
    assert unused_setup(instance, error_of(instance)) is expected


def test_an_error_of_something_else_has_no_setup():
    assert unused_setup(Base(), ValueError("client")) is None
    assert unused_setup(None, error_of(Base())) is None
    assert unused_setup(Base(), error_of((3).__class__)) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("skipTest", True), ("assertEqual", True), ("fail", True), ("failed_rooms", False)],
)
def test_what_only_a_testcase_has(name, expected):
    with pytest.raises(AttributeError) as raised:
        getattr(NoSetup(), name)
    assert lacks_unittest(raised.value.obj, raised.value) is expected
    assert not lacks_unittest(None, raised.value)
    assert not lacks_unittest(Case(), raised.value)
