"""The house holds: floors, doors, sizes, names. Each rule says what to do where it is broken."""

from __future__ import annotations

import ast
import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "pingconf"

FLOORS: Final = (
    ("cli",),
    ("operations",),
    ("kinds", "backends"),
    ("engine", "config", "view", "clients", "sandbox"),
    ("model", "scim"),
)

NETWORK: Final = ("pingconf/clients/http.py", "pingconf/clients/line.py", "pingconf/sandbox/doors.py")
MODELS: Final = ("pingconf/kinds/*", "pingconf/config/*", "pingconf/view/*", "pingconf/model/*")
DOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "requests": NETWORK,
    "urllib3": NETWORK,
    "http.client": NETWORK,
    "urllib.request": NETWORK,
    "yaml": ("pingconf/config/document.py", "pingconf/config/writer.py"),
    "typer": ("pingconf/cli/*",),
    "click": ("pingconf/cli/*",),
    "tenacity": ("pingconf/clients/*",),
    "deepdiff": ("pingconf/engine/diff.py",),
    "filelock": ("pingconf/backends/*",),
    "rich": ("pingconf/cli/progress.py",),
    "obstore": ("pingconf/backends/object_store.py",),
    "apprise": ("pingconf/operations/notify.py",),
    "pydantic": MODELS,
    "pydantic_core": MODELS,
}
"""Who may import which library. One that is not here may be imported by nobody."""

LONGEST_FILE: Final = 300
LONGEST_FUNCTION: Final = 40
REVEALS: Final = "pingconf/clients/http.py"
EMPTY_NAMES: Final = {"util", "utils", "helper", "helpers", "common", "base", "manager", "managers"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def places(found: Callable[[ast.AST], bool], *folders: str) -> Iterator[tuple[str, int, ast.AST]]:
    """File, line and node of everything in the folders' syntax trees that is found."""
    for path in files(*folders):
        for node in ast.walk(tree(path)):
            if found(node):
                yield relative(path), getattr(node, "lineno", 0), node


def refuse(broken: list[str], advice: str) -> None:
    if broken:
        pytest.fail(advice + "\n" + "\n".join(f"  {line}" for line in broken), pytrace=False)


# ---- floors


def contracts() -> dict[str, dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert settings["root_package"] == "pingconf"
    assert not settings.get("exclude_type_checking_imports"), "imports under TYPE_CHECKING count as imports"
    return {contract["id"]: contract for contract in settings["contracts"]}


def test_the_contract_of_the_floors_is_the_drawing() -> None:
    floors = contracts()["floors"]
    assert floors["type"] == "layers"
    assert floors["containers"] == ["pingconf"]
    assert floors["exhaustive"] is True
    assert floors["exhaustive_ignores"] == ["__main__"]
    assert not floors.get("ignore_imports"), (
        "no arrow is excused: move the code to the floor where it belongs"
    )
    drawn = [" | ".join(rooms) for rooms in FLOORS]
    assert floors["layers"] == drawn, "change the drawing in CONTRIBUTING.md and here in the same commit"


def test_no_circle_is_excused() -> None:
    circles = contracts()["circles"]
    assert (circles["type"], circles["ancestors"]) == ("acyclic_siblings", ["pingconf"])
    assert set(circles) <= {"id", "name", "type", "ancestors"}, "no circle is excused: break it"


def test_the_floors_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from importlinter.cli import lint_imports

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for rooms in FLOORS:
        built = [room if (PACKAGE / room / "__init__.py").exists() else f"({room})" for room in rooms]
        text = text.replace(f'"{" | ".join(rooms)}"', f'"{" | ".join(built)}"')
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)  # it would silence all other logs
    failed = lint_imports(str(tmp_path / "pyproject.toml"), no_cache=True, no_logo=True)
    refuse(
        capsys.readouterr().out.splitlines() if failed else [],
        "An import breaks the floors. Move the code down, or hand the thing in as an argument.",
    )


# ---- one library, one door


def imported(node: ast.AST) -> list[str]:
    """Absolute names of what this node imports, `importlib.import_module("…")` included."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [] if node.level else [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return [str(node.args[0].value)] if name in ("import_module", "__import__") else []
    return []


def doors(module: str) -> tuple[str, ...] | None:
    """The files that may import it; None where everybody may."""
    for library, allowed in DOORS.items():
        if module == library or module.startswith(f"{library}."):
            return allowed
    return None if module.partition(".")[0] in {*sys.stdlib_module_names, "pingconf"} else ()


def test_one_library_has_one_door() -> None:
    broken = []
    for file, line, node in places(lambda node: bool(imported(node)), "pingconf"):
        for module in imported(node):
            allowed = doors(module)
            if allowed is not None and not any(fnmatch(file, door) for door in allowed):
                broken.append(f"{file}:{line} imports {module}; its door: {', '.join(allowed) or 'none yet'}")
    refuse(broken, "Go through the library's door, or give a new library one in DOORS and pyproject.toml:")


# ---- sizes


def test_a_file_can_be_read_in_one_sitting() -> None:
    lengths = {
        relative(path): len(path.read_text("utf-8").splitlines()) for path in files("pingconf", "tests")
    }
    refuse(
        [f"{file}: {length} lines" for file, length in lengths.items() if length > LONGEST_FILE],
        f"Split files of more than {LONGEST_FILE} lines where their subject splits:",
    )


def test_a_function_can_be_read_in_one_breath() -> None:
    broken = []
    for file, line, node in places(lambda node: isinstance(node, Function), "pingconf", "tests"):
        assert isinstance(node, Function)
        length = (node.end_lineno or line) - line + 1
        if length > LONGEST_FUNCTION:
            broken.append(f"{file}:{line} {node.name}: {length} lines")
    refuse(
        broken, f"A function decides or acts, never both; split those of more than {LONGEST_FUNCTION} lines:"
    )


# ---- secrets


def reveals(node: ast.AST) -> bool:
    by_name = isinstance(node, ast.Attribute) and node.attr == "reveal"
    by_text = (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", ""))
        in ("getattr", "methodcaller", "attrgetter")
        and any(isinstance(argument, ast.Constant) and argument.value == "reveal" for argument in node.args)
    )
    return by_name or by_text


def test_a_secret_is_revealed_in_one_file_only() -> None:
    found = [(file, line) for file, line, _ in places(reveals, "pingconf")]
    refuse(
        [f"{file}:{line}" for file, line in found if file != REVEALS],
        f"Hand the Secret itself on; only {REVEALS} puts it into a request:",
    )
    if (ROOT / REVEALS).exists():
        assert found, (
            f"nobody calls .reveal(: if it has another name now, this test must learn it ({REVEALS})"
        )


# ---- names


def test_a_module_is_named_for_what_it_holds() -> None:
    broken = [
        relative(path)
        for path in files("pingconf", "tests")
        if any(
            EMPTY_NAMES & set(part.removesuffix(".py").split("_")) for part in path.relative_to(ROOT).parts
        )
    ]
    refuse(broken, "Name the module for its subject; these names say nothing:")


def test_a_public_module_says_what_it_is_for() -> None:
    broken = [
        relative(path)
        for path in files("pingconf")
        if (path.stem.startswith("__") or not path.stem.startswith("_")) and not ast.get_docstring(tree(path))
    ]
    refuse(broken, "Write one sentence on top of the module that says what it is for:")


# ---- errors


def swallows(node: ast.AST) -> bool:
    """Whether an `except` does nothing at all: pass, an ellipsis, a text."""
    return isinstance(node, ast.ExceptHandler) and all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in node.body
    )


def test_no_error_is_swallowed() -> None:
    refuse(
        [f"{file}:{line}" for file, line, _ in places(swallows, "pingconf", "tests")],
        "Handle the error, or say that it does not matter: with contextlib.suppress(...), and why:",
    )


# ---- kinds


def test_kinds_are_files_are_listed() -> None:
    modules = sorted(path.stem for path in files("pingconf/kinds") if path.stem != "__init__")
    if not modules:
        pytest.skip("pingconf/kinds has no kind yet")
    listed = getattr(importlib.import_module("pingconf.kinds"), "KINDS", None)
    assert listed is not None, "pingconf/kinds/__init__.py has no KINDS, the list of all kinds"
    kinds = list(listed.values() if isinstance(listed, Mapping) else listed)
    homes = sorted(str(kind.__module__).removeprefix("pingconf.kinds.") for kind in kinds)
    broken = [f"{name}.py is not in KINDS" for name in modules if name not in homes]
    broken += [f"{home} is in KINDS, but not in a file of its own" for home in set(homes) - set(modules)]
    broken += [
        f"{home}.py holds more than one kind" for home in {home for home in homes if homes.count(home) > 1}
    ]
    refuse(broken, "pingconf/kinds: one file per kind, each listed once in KINDS, and nothing else there:")
