"""What holds for every test: no network, no environment of the person who runs it, no secret left behind."""

from __future__ import annotations

import ipaddress
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import canary
from tests.wire import record as wire

# No verdict may hang on the machine's speed or on luck; `make soak` draws new examples each time.
settings.register_profile("house", deadline=None, database=None, derandomize=True)
settings.register_profile("soak", deadline=None, database=None, max_examples=2000)

SCRUBBED = ("PINGONE_", "INFISICAL_", "PINGCONF_")
SCRUBBED_NAMES = frozenset(
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NETRC "
    "CI GITHUB_ACTIONS NO_COLOR FORCE_COLOR PY_COLORS COLUMNS LINES".split()
)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.option.markexpr == "soak" else "house")


# ---- the network is refused


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so that no retry takes it for a bad line."""


def is_loopback(host: object) -> bool:
    """Whether the host is this machine, without asking a name server."""
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def refused_attempts() -> Iterator[list[str]]:
    """Refuse whatever is not loopback, for the whole session; the attempts since the last test began."""
    attempts: list[str] = []

    def refuse(host: object) -> None:
        if host is not None and not is_loopback(host):
            attempts.append(str(host))
            raise NetworkRefused(
                f"tests have no network: {host!r} was asked for; use the sandbox or `responses`"
            )

    def guarded(inner: Any, host_of: Any) -> Any:
        def guard(*args: Any, **kwargs: Any) -> Any:
            refuse(host_of(*args, **kwargs))
            return inner(*args, **kwargs)

        return guard

    def peer(sock: socket.socket, *args: Any) -> object:
        """The host of the address, which comes last in `connect` and `sendto`; unix sockets have none."""
        return args[-1][0] if sock.family in (socket.AF_INET, socket.AF_INET6) else None

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), peer))
        patch.setattr(
            socket, "create_connection", guarded(socket.create_connection, lambda at, *a, **k: at[0])
        )
        patch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo, lambda host, *a, **k: host))
        patch.setattr(socket, "gethostbyname", guarded(socket.gethostbyname, lambda host: host))
        yield attempts


@pytest.fixture(autouse=True)
def network_refused(refused_attempts: list[str]) -> Iterator[list[str]]:
    """Fail the test that tried to leave the machine, also where the code swallowed the refusal."""
    refused_attempts.clear()
    yield refused_attempts
    if refused_attempts:
        pytest.fail(
            f"this test tried to reach {', '.join(sorted(set(refused_attempts)))}; tests have no network"
        )


# ---- nothing of the person who runs the tests


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths for empty homes; counted here, as pytest counts by listing the whole folder again for each."""
    street = tmp_path_factory.mktemp("homes")
    return (street / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def nobody_at_home(homes: Iterator[Path]) -> Iterator[Path]:
    """An empty home, an empty working directory, and no variable that pingconf or its libraries listen to."""
    home = next(homes)
    work = home / "work"
    work.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(SCRUBBED) or name.upper() in SCRUBBED_NAMES or name.startswith("XDG_"):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        patch.chdir(work)
        yield home


# ---- no secret is left behind


@pytest.fixture(scope="session", autouse=True)
def canaries(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[canary.Canaries]:
    """The registry of secrets that must not be written anywhere; the scan follows when all tests are done."""
    yield canary.canaries
    findings = canary.canaries.scan(tmp_path_factory.getbasetemp())
    said = f"{canary.canaries.figures}: {len(findings)} found"
    if hasattr(pytestconfig, "workeroutput"):  # one of several processes: its output is not seen
        pytestconfig.workeroutput[SCANNED] = said
    else:
        scans.append(said)
    if findings:
        pytest.fail(canary.report(findings), pytrace=False)


SCANNED = "canary scan"
scans: list[str] = []
"""What each scan came to."""


# ---- nothing is sent that is not documented


@pytest.fixture(scope="session", autouse=True)
def wire_record(pytestconfig: pytest.Config) -> Iterator[wire.Record]:
    """Every request of pingconf's that an embedded service answers, held against tests/wire/samples."""
    with wire.watching(wire.record):
        yield wire.record
    if hasattr(pytestconfig, "workeroutput"):
        pytestconfig.workeroutput[RECORDED] = wire.record.figures
    else:
        records.append(wire.record.figures)
    if wire.record.complaints:
        pytest.fail(wire.report(wire.record), pytrace=False)


RECORDED = "wire record"
records: list[str] = []
"""What each process recorded."""


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of pytest-xdist is done."""
    output = getattr(node, "workeroutput", {})
    scans.append(output.get(SCANNED, "one process died before its scan"))
    records.append(output.get(RECORDED, "one process died before it was told"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for said in scans:
        terminalreporter.write_line(f"Canary scan: {said}")
    for said in records:
        terminalreporter.write_line(f"Wire record: {said}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a passing test printed and logged is looked through too; a failing one is seen anyway."""
    if report.passed:
        for text in (report.capstdout, report.capstderr, report.caplog):
            canary.watch_output(text, f"captured output of {report.nodeid}")
