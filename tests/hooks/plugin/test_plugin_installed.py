"""What the recorder says is installed, from folders as pip, setuptools and uv leave them."""

import json

import pytest
from gardener.hooks.plugin.installed import installed


@pytest.fixture
def site(tmp_path):
    """A folder of packages beside a repository."""
    folder = tmp_path / "venv/lib/site-packages"
    folder.mkdir(parents=True)
    (tmp_path / "repository").mkdir()
    return folder


def found(*folders):
    root = folders[0].parents[2] / "repository"
    return installed(map(str, folders), str(root))


def direct(site, name, document):
    (site / name).mkdir()
    (site / name / "direct_url.json").write_text(json.dumps(document))


def test_names_are_as_indexes_write_them_and_the_first_on_the_path_counts(site, tmp_path):
    for name in ("Zope.Interface-6.1.dist-info", "foo_bar-1.0.post1.dist-info", "foo", "x.pth"):
        (site / name).mkdir()
    other = tmp_path / "system"
    (other / "foo_bar-0.9.dist-info").mkdir(parents=True)
    (other / "old_egg-2.0-py3.8.egg-info").mkdir()
    versions = {"zope-interface": "6.1", "foo-bar": "1.0.post1", "old-egg": "2.0"}
    assert found(site, other, tmp_path / "missing.zip") == (versions, [])


def test_an_editable_one_of_the_repository_is_its_own_and_that_of_another_folder_is_not(site):
    repository = site.parents[2] / "repository"
    editable = {"dir_info": {"editable": True}}
    direct(site, "mine-1.dist-info", {"url": (repository / "a b").as_uri(), **editable})
    direct(site, "theirs-2.dist-info", {"url": site.as_uri(), **editable})
    direct(site, "web-3.dist-info", {"url": "https://x.example/web.whl", "archive_info": {}})
    direct(site, "broken-4.dist-info", [])
    versions = {"broken": "4", "mine": "1", "theirs": "2", "web": "3"}
    assert found(site) == (versions, ["mine"])


def test_the_version_of_sources_is_that_of_their_metadata(site):
    sources = site.parents[2] / "repository/src"
    (sources / "my_app.egg-info").mkdir(parents=True)
    (sources / "my_app.egg-info/PKG-INFO").write_text("Name: my-app\nVersion: 3.2.dev1\n")
    (sources / "empty.egg-info").write_text("")
    assert found(site, sources) == ({"empty": "", "my-app": "3.2.dev1"}, ["empty", "my-app"])
