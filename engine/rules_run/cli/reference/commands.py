"""The page of commands, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

HEAD = """\
# Commands

`rules-run [-C DIR] VERB ...`. Options can stand in the environment too, by verb and name:
`RULES_RUN_PLAN_TENANT=acme` is `plan --tenant acme`.

| code | when |
|---|---|
| 0 | done, or nothing to do |
| 1 | files, settings or rule tests are wrong; nothing ran |
| 2 | there are changes (`plan --detailed-exitcode`) |
| 3 | some documents failed or need a person, a precondition did not hold, or the rest waits for the next run |
| 4 | another run is at work (`--skip-if-running` makes it 0) |
| 5 | a limit stopped the run |
| 6 | some of the saved plan was stale |
| 7 | a connector or the ledger is not usable; nothing was sent |
| 130, 143 | interrupted |
"""


def commands_page() -> str:
    """Return the page."""
    from rules_run.cli import cli

    lines = [HEAD, *_options(cli)]
    with click.Context(cli, info_name="rules-run") as top:
        for name in cli.list_commands(top):
            command = cli.get_command(top, name)
            if command is not None:
                lines += _command(command, top, name, "##")
    return "\n".join(lines)


def _command(command: click.Command, parent: click.Context, name: str, level: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as ctx:
        yield f"{level} {ctx.command_path.removeprefix('rules-run ')}\n"
        usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
        yield f"```\n{usage}\n```\n"
        yield f"{inspect.cleandoc(command.help or '')}\n"
        yield from _options(command)
        if isinstance(command, click.Group):
            for inner in command.list_commands(ctx):
                found = command.get_command(ctx, inner)
                if found is not None:
                    yield from _command(found, ctx, inner, f"{level}#")


def _options(command: click.Command) -> Iterator[str]:
    options = [each for each in command.params if isinstance(each, click.Option)]
    if not options:
        return
    yield "| option | meaning |"
    yield "|---|---|"
    for option in options:
        yield f"| {_names(option)} | {_meaning(option)} |"
    yield ""


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.is_flag or option.count:
        return names
    kind = "\\|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.metavar
    return f"{names} {kind or option.type.name.upper()}"


def _meaning(option: click.Option) -> str:
    default = f" (default: `{option.default}`)" if option.show_default else ""
    return f"{option.help or ''}{default}"
