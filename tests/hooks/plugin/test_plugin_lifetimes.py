"""How long instances live that a function initialised."""

import gc
import sys
from typing import ClassVar

import pytest
from gardener.hooks.plugin.executed import Executed
from gardener.hooks.plugin.lifetimes import LifetimeTracker, attribute_check
from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.sites import LazyInitSite

FUNCTION = 7
"""Stands for the id of the function's code."""
SITE = LazyInitSite(1, 2, [], [], ["kept"])


class Plain:
    def __init__(self):
        self.kept = None
        self.by_key = {}

    def get(self):
        return sys._getframe()


class Slots:
    __slots__ = ("kept",)

    def get(self):
        return sys._getframe()


class Property(Plain):
    kept = property(lambda self: None, lambda self, value: None)


class Borg(Plain):
    state: ClassVar[dict] = {}

    def __init__(self):
        self.__dict__ = self.state
        super().__init__()


class Guarded(Plain):
    def __setattr__(self, name, value):
        super().__setattr__(name, value)


@pytest.fixture
def executed(tmp_path):
    return Executed(Repository(str(tmp_path), str(tmp_path), []))


def test_an_instance_lives_from_the_test_that_initialised_it_to_its_end(executed):
    tracker = LifetimeTracker(executed)
    executed.current = executed.new_context()
    instance = Plain()
    lifetime = tracker.begin(FUNCTION, SITE, instance.get())
    assert (lifetime.first_test, lifetime.last_test) == (1, None)
    assert tracker.begin(FUNCTION, SITE, instance.get()) is None
    tracker.add_executed(FUNCTION, instance.get(), 8)
    assert lifetime.codes == {8}
    executed.current = executed.new_context()
    executed.new_context()
    del instance
    gc.collect()
    assert lifetime.last_test == 3
    assert executed.lifetimes == {FUNCTION: [lifetime]}
    assert executed.untracked == set()


def test_each_instance_has_a_lifetime_of_its_own(executed):
    tracker = LifetimeTracker(executed)
    instances = [Plain(), Plain()]
    lifetimes = [tracker.begin(FUNCTION, SITE, one.get()) for one in instances]
    tracker.add_executed(FUNCTION, instances[1].get(), 8)
    assert [lifetime.codes for lifetime in lifetimes] == [set(), {8}]


def test_what_runs_is_not_told_apart_where_only_the_function_is_known(executed):
    tracker = LifetimeTracker(executed)
    instance = Plain()
    lifetime = tracker.begin(FUNCTION, SITE, instance.get())
    lifetime.codes = None
    tracker.add_executed(FUNCTION, instance.get(), 8)
    assert lifetime.codes is None


@pytest.mark.parametrize("kind", [Property, Borg, Guarded])
def test_a_function_whose_state_lies_elsewhere_is_untracked(executed, kind):
    instance = kind()
    assert LifetimeTracker(executed).begin(FUNCTION, SITE, instance.get()) is None
    assert executed.untracked == {FUNCTION}
    assert executed.lifetimes == {}


def test_a_site_that_no_attribute_decides_on_is_untracked(executed):
    site = SITE._replace(attributes=[])
    assert LifetimeTracker(executed).begin(FUNCTION, site, Plain().get()) is None
    assert executed.untracked == {FUNCTION}


def test_an_instance_without_weak_references_is_an_error(executed):
    instance = Slots()
    with pytest.raises(TypeError):
        LifetimeTracker(executed).begin(FUNCTION, SITE, instance.get())


SHARED: dict[str, int] = {}


def sharing():
    instance = Plain()
    instance.by_key = SHARED
    return instance


@pytest.mark.parametrize(
    ("make", "attribute", "expected"),
    [
        (Plain, "kept", True),
        (Plain, "by_key[]", True),
        (Plain, "gone[]", False),
        (sharing, "by_key[]", False),
        (Slots, "kept", True),
        (Property, "kept", False),
        (Borg, "kept", False),
        (Guarded, "kept", False),
    ],
)
def test_whether_an_attribute_lies_in_the_instance_alone(make, attribute, expected):
    assert attribute_check(make())(attribute) is expected
