"""What a selection would have missed of the failing tests."""

from gardener.hooks.selection.audit import missed


def test_missed_names_what_no_selected_id_covers():
    failing = ["t.py::test_a[1]", "t.py::C::test_b", "u.py::test_c", "v.py::test_d[x::y]"]
    assert missed(failing, ["t.py::test_a", "t.py::C", "u.py", "v.py::test_d[x::y]"]) == ()
    assert missed(failing, ["t.py::test_a[2]", "u.py::test"]) == tuple(sorted(failing))


def test_missed_knows_folders_with_brackets():
    failing = ["pages/[id]/test_a.py::test_a[x]", "pages/[id]/test_b.py::test_b"]
    assert missed(failing, ["pages/[id]/test_a.py::test_a"]) == ("pages/[id]/test_b.py::test_b",)
    assert missed(failing, ["pages/[id]/test_b.py", "pages/"]) == (failing[0],)
