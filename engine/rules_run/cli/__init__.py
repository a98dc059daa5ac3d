"""The command line: one file a verb, loaded when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from rules_run.errors import RulesRunError

VERBS = {
    "validate": "Check rule files, tenants and tables without a network.",
    "test": "Run the rule tests beside the rule files.",
    "plan": "Show what would be done; writes nothing.",
    "apply": "Plan, then write.",
    "queue": "Look at documents: what came in, what it became, what happened.",
    "sandbox": "Serve a stand-in of a system on this machine.",
    "connectors": "List connectors and what they offer.",
    "schema": "Print a JSON Schema for editors.",
    "explain-code": "Say what a problem code means.",
}


class LazyGroup(click.Group):
    """Knows its verbs by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which people meet them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a verb."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"rules_run.cli.{cmd_name.replace('-', '_')}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "RULES_RUN"})
@click.option("-C", "--directory", type=click.Path(), default=".", help="Workspace, or a folder inside it.")
@click.version_option(package_name="rules-run")
@click.pass_context
def cli(ctx: click.Context, directory: str) -> None:
    """Keep business systems in step from rule files: a plan before every write, no document twice, none lost."""
    ctx.obj = directory


def main() -> None:
    """Run the command line; every error that can be said in a sentence becomes its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = 1
    except RulesRunError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
