"""Who runs pingconf, on which machine, and which run of a CI it is: for the run log."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from pingconf.backends.holder import user_name

WHO: Final = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_REQUESTEDFOR",
    "CIRCLE_USERNAME",
    "BUILDKITE_BUILD_CREATOR",
    "BUILD_USER_ID",
)
"""Who started the run: GitHub, GitLab, Azure DevOps, CircleCI, Buildkite, Jenkins with its user plugin."""
RUN_URLS: Final = ("PINGCONF_RUN_URL", "CI_JOB_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "BUILD_URL")
"""What a page of the run is: our own name for any CI, GitLab, CircleCI, Buildkite, Jenkins."""
COMMITS: Final = (
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1",
    "BITBUCKET_COMMIT",
    "BUILDKITE_COMMIT",
    "GIT_COMMIT",
)
"""GitHub, GitLab, Azure DevOps, CircleCI, Bitbucket, Buildkite, Jenkins."""
LONGEST: Final = 200
"""Letters of any of them."""
_COMMIT: Final = re.compile("[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run comes from; what nobody says is empty. None of it is to be trusted, or shown unescaped."""

    who: str = ""
    host: str = ""
    url: str = ""
    commit: str = ""


def origin_of(environ: Mapping[str, str]) -> Origin:
    """What the environment of this process says, and otherwise the system. Reads no file."""
    commit = _first(environ, COMMITS).lower()
    return Origin(
        who=(_first(environ, WHO) or user_name())[:LONGEST],
        host=socket.gethostname()[:LONGEST],
        url=_run_url(environ),
        commit=commit if _COMMIT.fullmatch(commit) else "",
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def _run_url(environ: Mapping[str, str]) -> str:
    """The page of the run, put together where the CI has no variable for it.

    Sources: docs.github.com, Actions, variables; learn.microsoft.com, Azure Pipelines, predefined variables;
    support.atlassian.com, Bitbucket Pipelines, variables.
    """

    def built(root: str, path: str, *names: str) -> str:
        values = [environ.get(name, "").strip() for name in names]
        start = _plain(environ.get(root, ""))
        return (start and all(values) and f"{start}/{path.format(*map(quote, values))}") or ""

    given = _plain(_first(environ, RUN_URLS[:1]))
    github = built("GITHUB_SERVER_URL", "{}/actions/runs/{}", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    azure = built(
        "SYSTEM_COLLECTIONURI", "{}/_build/results?buildId={}", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"
    )
    bitbucket = built("BITBUCKET_GIT_HTTP_ORIGIN", "pipelines/results/{}", "BITBUCKET_BUILD_NUMBER")
    return (given or github or azure or bitbucket or _plain(_first(environ, RUN_URLS)))[:LONGEST]


def _plain(url: str) -> str:
    """An address without what may hold a credential: user, password, query and fragment."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
