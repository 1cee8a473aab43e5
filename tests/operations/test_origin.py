"""Who runs it and where, by what each CI says of itself."""

from __future__ import annotations

import getpass
import socket

import pytest

from pingconf.operations.origin import LONGEST, Origin, origin_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/infra",
    "GITHUB_RUN_ID": "7",
    "GITHUB_SHA": COMMIT,
    "GITHUB_ACTOR": "ann",
}
GITLAB = {
    "CI_JOB_URL": "https://gitlab.example/a/b/-/jobs/7",
    "CI_COMMIT_SHA": COMMIT,
    "GITLAB_USER_LOGIN": "ann",
}
AZURE = {
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "The Infra",
    "BUILD_BUILDID": "7",
    "BUILD_SOURCEVERSION": COMMIT,
    "BUILD_REQUESTEDFOR": "ann",
}
JENKINS = {"BUILD_URL": "https://ci.example:8443/job/x/7/", "GIT_COMMIT": COMMIT, "BUILD_USER_ID": "ann"}
CIRCLE = {
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/a/b/7",
    "CIRCLE_SHA1": COMMIT,
    "CIRCLE_USERNAME": "ann",
}
BITBUCKET = {
    "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/a/b",
    "BITBUCKET_BUILD_NUMBER": "7",
    "BITBUCKET_COMMIT": COMMIT,
}


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (GITHUB, "https://github.com/acme/infra/actions/runs/7"),
        (GITLAB, "https://gitlab.example/a/b/-/jobs/7"),
        (AZURE, "https://dev.azure.com/acme/The%20Infra/_build/results?buildId=7"),
        (JENKINS, "https://ci.example:8443/job/x/7"),
        (CIRCLE, "https://circleci.com/gh/a/b/7"),
        (BITBUCKET, "http://bitbucket.org/a/b/pipelines/results/7"),
        ({"PINGCONF_RUN_URL": "https://any.example/7", **GITHUB}, "https://any.example/7"),
        ({name: value for name, value in GITHUB.items() if name != "GITHUB_RUN_ID"}, ""),
    ],
)
def test_each_ci(environ: dict[str, str], url: str) -> None:
    origin = origin_of(environ)
    assert (origin.url, origin.commit, origin.host) == (url, COMMIT, socket.gethostname())
    assert origin.who == ("ann" if environ is not BITBUCKET else getpass.getuser())


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://[", "https://x:99999999/", "nonsense"],
)
def test_what_is_no_page_is_left_out(url: str) -> None:
    assert origin_of({"BUILD_URL": url}).url == ""


def test_what_may_hold_a_credential_is_left_out() -> None:
    url = "https://user:hush@ci.example/job/7?token=hush#hush"
    assert origin_of({"BUILD_URL": url}).url == "https://ci.example/job/7"


@pytest.mark.parametrize("commit", ["", "main", "c0ffee\n", "x" * 40, "0" * 65])
def test_what_is_no_commit_is_left_out(commit: str) -> None:
    assert origin_of({"GITHUB_SHA": commit}).commit == "" or commit.strip() == "c0ffee"


def test_nothing_is_longer_than_it_may_be() -> None:
    origin = origin_of({"GITHUB_ACTOR": "a" * 999, "BUILD_URL": f"https://ci.example/{'a' * 999}"})
    assert (len(origin.who), len(origin.url)) == (LONGEST, LONGEST)


def test_a_container_without_a_name_for_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert origin_of({}) == Origin(host=socket.gethostname())
