"""Records that travel by `az://` and `gs://`: through their own drivers, to servers on loopback."""

import os

import pytest
from cloud_servers import azurite, google
from test_travelling_records import clones, git, impacted, share  # noqa: F401 - a fixture

from gardener.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def azure(tmp_path, monkeypatch):
    """A container of an Azurite, which is started for it."""
    pytest.importorskip("adlfs")
    from azure.storage.blob import BlobServiceClient

    folder = tmp_path / "azurite"
    folder.mkdir()
    with azurite(folder) as connection:
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
        with BlobServiceClient.from_connection_string(connection) as service:
            service.create_container("team")
        yield "az://team/records/main"


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of an emulator of Google's Cloud Storage, which is started for it."""
    pytest.importorskip("gcsfs")
    with google("team") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        monkeypatch.setenv("FSSPEC_GS_TOKEN", "anon")
        yield "gs://team/records/main"


@pytest.mark.parametrize("store", ["azure", "bucket"])
def test_a_store_of_a_cloud_carries_a_record(store, request, clones, monkeypatch, capsys):  # noqa: F811
    url = request.getfixturevalue(store)
    assert share(clones, monkeypatch, url) == 0
    assert impacted(capsys) == ["test_app.py::test_one"]
    # What is old goes, and what is there is listed by the index too.
    monkeypatch.chdir(clones[0])
    for number in range(3):
        git(clones[0], "commit", "-qm", f"{number}", "--allow-empty")
        assert main(["record", "push", url]) == 0
    monkeypatch.chdir(clones[1])
    assert main(["record", "pull", url]) == 0
    nowhere = url.replace("team", "nobody")
    capsys.readouterr()
    assert main(["record", "pull", nowhere]) == 2
    said = capsys.readouterr().err
    assert said.startswith("gardener: The record was left out: "), said
    assert said.count("\n") == 1


@pytest.mark.parametrize(("url", "driver"), [("az://team/x", "adlfs"), ("gs://team/x", "gcsfs")])
def test_a_driver_that_is_missing_is_named(url, driver, clones, tmp_path, monkeypatch, capsys):  # noqa: F811
    pytest.importorskip("fsspec")
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / f"{driver}.py").write_text("raise ImportError('no')\n")
    import subprocess
    import sys

    env = {**os.environ, "PYTHONPATH": str(tmp_path / "without")}
    command = [sys.executable, "-m", "gardener", "record", "pull", url]
    done = subprocess.run(command, cwd=clones[1], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "it needs a driver: " in done.stderr
    assert done.stderr.count("\n") == 1
