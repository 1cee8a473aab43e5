"""The guided tour: the real commands, one by one, on the embedded services in a folder of its own."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from importlib import resources
from pathlib import Path

from pingconf.cli.options import Options


def take_tour(options: Options) -> int:
    """Run the tour; returns the exit code of the first command that ends otherwise than told."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="pingconf-demo-") as folder:
        text = resources.files("pingconf.operations").joinpath("tour.yaml").read_text(encoding="utf-8")
        Path(folder, "pingconf.yaml").write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            return _walk(replace(options, files=(Path("pingconf.yaml"),), variables={}, sandbox=True))
        finally:
            os.chdir(before)


def _walk(options: Options) -> int:
    terminal, style = options.terminal, options.terminal.out_style
    terminal.result(style.bold("A tour of pingconf on its embedded services: no account, no network."))
    stops = (
        ("What would be done? Nothing is there yet.", ["plan"], 0),
        ("Do it.", ["apply", "--auto-approve", "--quiet"], 0),
        ("Who arrived in Infisical?", None, 0),
        ("Is everything as the file says?", ["plan", "--detailed-exitcode"], 0),
        ("Somebody narrows the rule's user filter in the PingOne console.", None, 0),
        ("Does anyone notice? Exit code 2 says yes.", ["drift"], 2),
        ("Put it back.", ["apply", "--auto-approve"], 0),
        ("And now?", ["plan", "--detailed-exitcode"], 0),
    )
    acts = iter((_show_arrivals, _change_by_hand))
    for number, (title, command, expected) in enumerate(stops, start=1):
        terminal.result(f"\n{style.bold(f'{number}. {title}')}\n")
        code = _command(options, command) if command else next(acts)(options)
        if code != expected:
            terminal.fault(f"The tour ends here: exit code {code}, expected {expected}.")
            return code or 70
    terminal.result("\nThat was the tour. Your own: see README.md, Use it with real accounts.")
    return 0


def _command(options: Options, arguments: list[str]) -> int:
    terminal = options.terminal
    terminal.result(terminal.out_style.dim(f"$ pingconf --sandbox {' '.join(arguments)}") + "\n")
    return options.run(["--sandbox", *arguments])


def _show_arrivals(options: Options) -> int:
    from pingconf.operations.people import count_provisioned
    from pingconf.operations.session import open_session
    from pingconf.view.people import render_provisioned

    provisioned = count_provisioned(open_session(options.invocation))
    options.terminal.result(render_provisioned(provisioned.rules, provisioned.groups))
    return 0


def _change_by_hand(options: Options) -> int:
    from pingconf.operations.by_hand import narrow_first_rule

    name, expression = narrow_first_rule(options.invocation)
    options.terminal.result(f"  {name}: user filter is now  {expression}")
    return 0
