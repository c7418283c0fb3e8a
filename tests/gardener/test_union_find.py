"""Union-find over clusters, and what keeps two of them apart."""

from hypothesis import given
from hypothesis import strategies as st

from gardener.diagnosis.union_find import Distinction, UnionFind

SIZE = 8
INDEXES = st.integers(0, SIZE - 1)


@given(st.lists(st.tuples(INDEXES, INDEXES), max_size=20))
def test_clusters_are_in_one_set_exactly_where_a_chain_of_unions_leads(pairs):
    sets = UnionFind([Distinction()] * SIZE)
    reachable = {index: {index} for index in range(SIZE)}
    for first, second in pairs:
        sets.union(first, second)
        united = reachable[first] | reachable[second]
        reachable.update(dict.fromkeys(united, united))
    for index in range(SIZE):
        assert sets.find(index) == min(reachable[index])


def suspected(*suspects):
    return Distinction(suspects=frozenset(suspects))


def test_sets_with_suspects_of_their_own_stay_apart():
    sets = UnionFind([suspected("a"), suspected("b"), suspected("a", "b"), Distinction()])
    assert not sets.union_unless_conflicting(0, 1)
    assert sets.union_unless_conflicting(0, 3), "one of the two knows no suspect"
    assert not sets.union_unless_conflicting(3, 1), "what is united counts together"
    assert sets.union_unless_conflicting(2, 0)
    assert sets.union_unless_conflicting(1, 0), "they share a suspect now"
    assert len({sets.find(index) for index in range(4)}) == 1


def test_sets_that_show_different_errors_stay_apart():
    shown = [Distinction(shown_errors=frozenset({error})) for error in ("E: a", "E: b", "E: a")]
    sets = UnionFind(shown)
    assert not sets.union_unless_conflicting(0, 1)
    assert sets.union_unless_conflicting(0, 2)
    assert sets.union_unless_conflicting(2, 0), "they are in one set already"


def typed(**types):
    return Distinction(types={test: frozenset(names.split()) for test, names in types.items()})


def test_variants_of_one_test_that_fail_with_different_types_stay_apart():
    sets = UnionFind([typed(a="KeyError"), typed(a="ValueError"), typed(b="KeyError"), typed()])
    assert not sets.union_unless_types_differ(0, 1)
    assert sets.union_unless_types_differ(0, 2), "they have no test in common"
    assert not sets.union_unless_types_differ(1, 2)
    assert sets.union_unless_types_differ(1, 3)
