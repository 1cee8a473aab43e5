"""The embedded services, and the guided tour on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from pingconf.cli.choices import LockTimeout
from pingconf.cli.options import Options, group_of_commands


def add_commands(app: typer.Typer) -> None:
    """`sandbox serve`, `sandbox reset` and `demo`."""
    group = group_of_commands("The embedded services.")
    group.command("serve", cls=ServeCommand)(serve)
    group.command("reset")(reset)
    app.add_typer(group, name="sandbox")
    app.command()(demo)


class ServeCommand(TyperCommand):
    """Lists the switches below its help, read from where they are only then."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from pingconf.operations.switches import all_switches

        with formatter.section("Switches, for what the documents leave open"):
            formatter.write_dl(
                [
                    (f"{one.name}={'|'.join(one.values) or 'N'}", f"{one.about} [default: {one.default}]")
                    for one in all_switches()
                ]
            )


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write the address and credentials here, as JSON, once it answers.")
    ] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Answer otherwise than is likeliest; repeatable, see below."),
    ] = None,
) -> None:
    """Serve both services over HTTP.

    On 127.0.0.1, a new company each time, until interrupted.
    """
    from pingconf.operations.serve import serve_until_interrupted

    options: Options = context.obj

    def announce(environment: dict[str, str]) -> None:
        lines = [f"export {name}={value}" for name, value in environment.items()]
        options.terminal.result("\n".join(lines))
        options.terminal.note(
            "Both services answer there. In the file: pingone.api_url: ${PINGONE_API_URL} and"
            " pingone.auth_url: ${PINGONE_AUTH_URL} in place of the region, and no infisical.url."
            " Stop with Ctrl-C."
        )

    serve_until_interrupted(port, ready_file, switch or (), announce)


def reset(context: typer.Context, lock_timeout: LockTimeout = 0) -> None:
    """Start afresh in this folder.

    Forgets the embedded services, and the state made with them.
    """
    from dataclasses import replace

    from pingconf.operations.reset import reset_sandbox

    options: Options = context.obj
    there = reset_sandbox(replace(options.invocation, sandbox=True), lock_timeout)
    options.terminal.result("The sandbox is as new." if there else "There was no sandbox here.")


def demo(context: typer.Context) -> int:
    """Take a tour on the embedded services.

    Plan, apply, people arrive, somebody changes a rule by hand, drift shows it, apply mends it.
    """
    from pingconf.cli.tour import take_tour

    return take_tour(context.obj)
