"""The table of `README.md`, made from the samples: `python -m tests.wire.table` writes it anew."""

from __future__ import annotations

from typing import Final

from tests.wire.samples import FOLDER, Endpoint, endpoints

README: Final = FOLDER / "README.md"
BEGIN: Final = "<!-- made by python -m tests.wire.table -->\n"
END: Final = "<!-- end -->\n"
HEAD: Final = "| request | sample | test | mark | source |\n|---|---|---|---|---|\n"


def table() -> str:
    """A part for each service, in it a row for each endpoint, in the order of the files."""
    parts = []
    for service in sorted({one.service for one in endpoints()}, reverse=True):
        rows = "".join(_row(one) for one in endpoints() if one.service == service)
        parts.append(f"### {service}\n\n{HEAD}{rows}")
    return "\n" + "\n".join(parts) + "\n"


def _row(one: Endpoint) -> str:
    sample = f"[{one.file.removesuffix('.yaml')}](samples/{one.file})"
    return f"| {one.method} `{one.path}` | {sample} | {one.name} | {one.mark} | {one.source} |\n"


def renewed(text: str) -> str:
    """The text of the README with the table as it must be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def unused(text: str) -> list[str]:
    """The requests that the README lists as not used."""
    _, _, listed = text.partition("## Not used\n")
    return [line.split("`")[1] for line in listed.splitlines() if line.startswith("- `")]


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8")), "utf-8")
