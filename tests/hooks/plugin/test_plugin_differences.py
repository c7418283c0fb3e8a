"""What differs between two values: told as deep as it lies, and only where it is seen."""

import dataclasses
from collections import namedtuple

import pytest
from gardener.hooks.plugin.differences import AFTER, LONGEST, difference

Point = namedtuple("Point", "x y")
Namesake = namedtuple("Point", "x y z", module="elsewhere")  # type: ignore[name-match]


@dataclasses.dataclass
class User:
    name: str
    roles: list


class Odd:
    """Cannot be compared, nor shown."""

    def __eq__(self, other):
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self):
        raise ValueError("no")


LONG = "a b " * 25
# left, right, what is told
CASES = {
    "an item of a dictionary": ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"at": "['b']", "left": "2", "right": "3"}),
    "a key that one lacks": ({"a": 1, "b": 2}, {"a": 1}, {"at": "['b']", "left": "2"}),
    "a key that the other lacks": ({"a": 1}, {"a": 1, "b": None}, {"at": "['b']", "right": "None"}),
    "deep in containers": (
        {"users": [{"name": "Ann"}, {"name": "Bob"}]},
        {"users": [{"name": "Ann"}, {"name": "Rob"}]},
        {"at": "['users'][1]['name']", "left": "'Bob'", "right": "'Rob'"},
    ),
    "a longer list": ([1, 2], [1, 2, 3], {"at": "[2]", "right": "3"}),
    "a shorter tuple": ((1, 2, 3), (1,), {"at": "[1]", "left": "2"}),
    "a named tuple": (Point(1, 2), Point(1, 3), {"at": ".y", "of": "Point", "left": "2", "right": "3"}),
    "attributes": (
        User("Ann", ["a"]),
        User("Ann", ["b"]),
        {"at": ".roles[0]", "left": "'a'", "right": "'b'"},
    ),
    "an attribute": (
        [User("Ann", [])],
        [User("Bob", [])],
        {"at": "[0].name", "of": "User", "left": "'Ann'", "right": "'Bob'"},
    ),
    "sets": ({1, 2}, {2}, {"left": "1"}),
    "sets, the other way round": (frozenset("a"), frozenset("ab"), {"right": "'b'"}),
    "types": (
        {"n": 1},
        {"n": "1"},
        {"at": "['n']", "left": "1", "right": "'1'", "types": "int and str"},
    ),
    "a container of another type": ([1], (1,), {"left": "[1]", "right": "(1,)", "types": "list and tuple"}),
    "two classes of one name": (
        [Point(1, 2)],
        [Namesake(1, 2, 3)],
        {
            "at": "[0]",
            "left": "Point(x=1, y=2)",
            "right": "Point(x=1, y=2, z=3)",
            "types": f"{__name__}.Point and elsewhere.Point",
        },
    ),
    "a short text": ("one two", "one too", {"left": "'one two'", "right": "'one too'"}),
    "a long text": (
        f"{LONG}b",
        f"{LONG}c",
        {"from": "100", "left": f"'{'a b ' * 6}b'", "right": f"'{'a b ' * 6}c'"},
    ),
    "a text that goes on": (f"{LONG}", f"{LONG}!", {"from": "100", "left": f"'{'a b ' * 6}'", "right": f"'{'a b ' * 6}!'"}),
    "bytes": (b"a", b"b", {"left": "b'a'", "right": "b'b'"}),
    "equal values": ({"a": 1}, {"a": 1}, {}),
    "what cannot be compared": ([Odd(), 1], [Odd(), 2], {"at": "[1]", "left": "1", "right": "2"}),
    "what cannot be shown": ({"a": Odd()}, {}, {"at": "['a']", "left": "<Odd>"}),
    "objects that look the same": (Odd(), Odd(), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_first_difference(case):
    left, right, told = CASES[case]
    assert difference(left, right) == {f"differs_{name}": text for name, text in told.items()}


def test_what_is_long_is_cut():
    assert len(difference([list(range(1000))], [[]])["differs_left"]) <= LONGEST
    assert (
        difference("a", "a b " * 1000)["differs_right"] == repr(("a b " * 13)[: 1 + AFTER]) + "..."
    )
    assert difference("a", "a" * 1000)["differs_right"] == "<str of length 1000>"


@pytest.mark.parametrize("convert", [str, str.encode])
def test_no_word_is_cut_in_two(convert):
    begin = "one word after the other, and then a token: "
    facts = difference(
        convert(begin + "abc-1.2" * 6 + "x.y and more"), convert(begin + "abc-1.2" * 6 + "z")
    )
    assert facts["differs_left"] == repr(
        convert("other, and then a token: " + "abc-1.2" * 6 + "x.y and more")
    )
    assert facts["differs_from"] == "86"
    kind = type(convert("")).__name__
    assert difference(convert(begin + "a" * 300 + "x"), convert(begin + "a" * 300 + "y z")) == {
        "differs_from": "344",
        "differs_left": f"<{kind} of length 345>",
        "differs_right": f"<{kind} of length 347>",
    }


def test_a_value_in_itself_ends():
    left: list = []
    right: list = []
    left.append(left)
    right.append(right)
    assert difference(left, right) == {}
