"""The program `leukin`: its commands and its way out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from leukin.cli import check, cite, dose_response, exits, export, listing, report, run, show, simulate
from leukin.errors import nearest

app = typer.Typer(
    name="leukin",
    help="Interleukin-2 immunotherapy simulated from receptor to trial. Research software, not for clinical decisions.",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("run")(run.run)
app.command("simulate")(simulate.simulate)
app.command("check")(check.check)
app.command("list")(listing.list_entries)
app.command("show")(show.show)
app.command("dose-response")(dose_response.dose_response)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("cite")(cite.cite)

_UsageError: Any = typer.BadParameter.__bases__[0]


def _version(wanted: bool) -> None:
    if wanted:
        import leukin

        print(f"leukin {leukin.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def call(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Raises leukin's errors and the signals' exceptions."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("leukin", list(arguments) or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as end:
        return int(end.exit_code)
    except _UsageError as error:
        exits.say(_usage(error, sorted(getattr(command, "commands", {}))))
        return exits.USAGE
    return exits.OK


def _usage(error: Any, commands: list[str]) -> str:
    """A usage error as one line: command: option: reason (fix)."""
    where = error.ctx.command_path if getattr(error, "ctx", None) is not None else "leukin"
    message = " ".join(error.format_message().split()).rstrip(".")
    if message.startswith("No such command"):
        word = message.split("'")[1]
        return f"{where}: no command '{word}' ({nearest(word, commands)})"
    return f"{where}: {message} (see {where} --help)"


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(exits.guarded(lambda: call(given)))


if __name__ == "__main__":
    main()
