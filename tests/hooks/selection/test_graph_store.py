"""The graphs of several trees are kept side by side, and nothing is linked twice for one of them."""

import os

import pytest
from gardener.hooks.selection.graph import graph_store, making

FILES = {
    "pkg/__init__.py": "",
    **{f"pkg/m{i}.py": f"def f{i}():\n    return {i}\n" for i in range(20)},
    **{
        f"tests/test_m{i}.py": f"from pkg.m{i} import f{i}\n\ndef test_f{i}():\n    assert f{i}() is not None\n"
        for i in range(20)
    },
}


def edited(files, what):
    """Another body for each of these modules."""
    return {f"pkg/m{i}.py": f"def f{i}():\n    return {what}, len('')\n" for i in files}


@pytest.fixture
def linked(monkeypatch):
    """The files that were linked, as long as nobody clears it."""
    paths: list[str] = []
    link = making.Linker.link

    def watched(linker, path):
        paths.append(path)
        return link(linker, path)

    monkeypatch.setattr(making.Linker, "link", watched)
    return paths


def selected(repository):
    return {t.test for t in repository.select(mode="since", ref="HEAD~1").tests}


def test_a_branch_and_back_links_nothing_again(repository, linked):
    repository.commit(FILES)
    repository.commit({"pkg/m0.py": "def f0():\n    return 7\n"})
    repository.git("checkout", "-qb", "other")
    repository.commit(edited(range(12), "'other'"))
    on_other = selected(repository)
    repository.git("checkout", "-q", "main")
    on_main = selected(repository)
    linked.clear()
    for _ in range(2):
        repository.git("checkout", "-q", "other")
        assert selected(repository) == on_other
        repository.git("checkout", "-q", "main")
        assert selected(repository) == on_main
    assert not linked
    assert (len(on_other), len(on_main)) == (12, 1)


def test_the_same_change_is_linked_once(repository, linked):
    repository.commit(FILES)
    repository.select()
    repository.stage({**edited(range(12), "1"), "pkg/m19.py": None})
    first = repository.select()
    assert len(linked) > 12
    linked.clear()
    assert repository.select() == first
    assert not linked
    repository.stage(edited(range(12), "2, f0.gone"))
    repository.select()
    assert linked


def test_a_graph_is_made_anew_where_two_trees_had_to_link_much_of_it(
    repository, linked, monkeypatch
):
    monkeypatch.setattr(graph_store, "_LARGE", 9)
    repository.commit(FILES)
    repository.stage({"pkg/m0.py": "def f0():\n    return 9\n"})
    repository.select()
    for what in ("first", "second"):
        linked.clear()
        repository.stage(edited(range(12), f"'{what}'"))
        assert len(repository.select().tests) == 12
    assert len(linked) >= len(FILES)


@pytest.mark.parametrize("damage", [b"", b"gardener", "cut", "changed"])
def test_what_is_damaged_is_made_again(repository, linked, damage):
    repository.commit(FILES)
    repository.stage({"pkg/m0.py": "def f0():\n    return 9\n"})
    repository.select()
    repository.stage(edited(range(12), "1"))
    expected = repository.select()
    files = list((repository.root / ".git/gardener/nets").iterdir())
    assert {path.suffix for path in files} == {".net", ".patch"}
    for path in files:
        data = path.read_bytes()
        half = len(data) // 2
        if damage == "cut":
            path.write_bytes(data[:half])
        elif damage == "changed":
            path.write_bytes(data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :])
        else:
            path.write_bytes(damage)
    linked.clear()
    assert repository.select() == expected
    assert linked


def test_what_was_not_used_for_longest_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(graph_store, "_MOST_BYTES", 350)
    for number in range(4):
        (tmp_path / f"{number}.net").write_bytes(bytes(100))
        os.utime(tmp_path / f"{number}.net", (number, number))
    os.utime(tmp_path / "0.net", (9, 9))  # used again
    graph_store._evict(tmp_path, tmp_path / "3.net")
    assert {path.stem for path in tmp_path.iterdir()} == {"0", "2", "3"}
    monkeypatch.setattr(graph_store, "_MOST_BYTES", 50)
    graph_store._evict(tmp_path, tmp_path / "3.net")
    assert {path.stem for path in tmp_path.iterdir()} == {"3"}
