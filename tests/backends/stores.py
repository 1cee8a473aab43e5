"""Object stores on loopback: moto plays S3, Azurite plays Azure Blob Storage. Both have a bucket or
container."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.request import Request, urlopen

import pytest

from tests.canary import canaries

BUCKET: Final = "states"
AWS_SECRET: Final = canaries.add("canary-aws-secret-access-key-8sK2+x/")
AZURE_ACCOUNT: Final = "pingconftests"
AZURE_KEY: Final = canaries.add(base64.b64encode(b"canary-azure-storage-account-key").decode())
AZURITE: Final = (
    Path(__file__).resolve().parents[2] / ".venv/azurite/node_modules/azurite/dist/src/blob/main.js"
)
Environ = Mapping[str, str]


@contextmanager
def at_a_time() -> Iterator[None]:
    """Let moto look at a condition and write in one act, as S3 does (docs.aws.amazon.com/AmazonS3/latest/
    userguide/conditional-writes.html). Of itself it lets two threads create one object, if they meet just so.
    """
    from moto.s3.responses import S3Response

    real, mutex = S3Response.put_object, threading.Lock()

    def put_object(self: Any) -> Any:
        with mutex:
            return real(self)

    with patch.object(S3Response, "put_object", put_object):
        yield


@contextmanager
def moto() -> Iterator[Environ]:
    """S3 with one bucket; the environment that reaches it."""
    with at_a_time():
        yield from _moto()


def _moto() -> Iterator[Environ]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(
        logging.ERROR
    )  # a line per request in every test would be too much
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with urlopen(Request(f"{url}/{BUCKET}", method="PUT")):
        pass
    keys = {"AWS_ACCESS_KEY_ID": "AKIAPINGCONF", "AWS_SECRET_ACCESS_KEY": AWS_SECRET}
    try:
        yield {**keys, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}
    finally:
        server.stop()


@contextmanager
def azurite(folder: Path) -> Iterator[Environ]:
    """Azure Blob Storage with one container; the environment that reaches it. Skips where it is not
    installed."""
    node = shutil.which("node")
    if node is None or not AZURITE.exists():
        pytest.skip("Azurite is not installed: it needs npm, and `make azurite`")
    port = _free_port()
    words = [node, str(AZURITE), "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck"]
    words += ["--silent", "--disableTelemetry"]
    environ = {"AZURITE_ACCOUNTS": f"{AZURE_ACCOUNT}:{AZURE_KEY}", "PATH": str(Path(node).parent)}
    url = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
    with subprocess.Popen(
        words, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            _make_container(url)
            keys = {"AZURE_STORAGE_ACCOUNT_NAME": AZURE_ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY}
            yield {**keys, "AZURE_STORAGE_ENDPOINT": url}
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1800):
        assert process.poll() is None, f"Azurite ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Azurite does not answer")


def _make_container(url: str) -> None:
    """By the Shared Key of the account:
    learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key."""
    date = formatdate(usegmt=True)
    about = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
    text = f"PUT{chr(10) * 12}{about}/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{BUCKET}\nrestype:container"
    signed = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": date,
        "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(signed).decode()}",
    }
    with urlopen(Request(f"{url}/{BUCKET}?restype=container", method="PUT", headers=headers)) as answer:
        assert answer.status == 201
