"""The command line: one file a verb, loaded when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VERBS = {
    "validate": "Check rule files, tenants and tables without a network.",
    "test": "Run the rule tests beside the rule files.",
    "plan": "Show what would be done; writes nothing.",
    "apply": "Plan, then write.",
    "explain": "Follow one record from source to target, line by line.",
    "queue": "Look at documents: what came in, what it became, what happened; decide about those that need you.",
    "ledger": "Look after the ledger: status, upgrade, backup, restore, rebuild.",
    "sandbox": "Serve a stand-in of a system on this machine.",
    "connectors": "List connectors and what they offer; compare a catalogue with its live system.",
    "doctor": "Look whether a tenant can run, and say what cannot be promised.",
    "eval": "Try an expression or a template on a record.",
    "graph": "Draw an integration: rules, resources and fields.",
    "init": "Start a workspace, an integration or a connector.",
    "schema": "Print a JSON Schema for editors.",
    "explain-code": "Say what a problem code means.",
    "docs": "Write the reference from the schemas, functions, codes and commands.",
    "completion": "Print what makes a shell complete.",
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that is called; one that there is not is refused with the nearest."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from rules_run.language.suggest import did_you_mean

            raise click.UsageError(f"There is no verb `{args[0]}`. {did_you_mean(args[0], VERBS)}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the verbs without importing any."""
        from click.shell_completion import CompletionItem

        verbs = [CompletionItem(name, help=text) for name, text in VERBS.items() if name.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

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
        code = cli.main(prog_name="rules-run", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    except Exception as error:
        from rules_run.errors import RulesRunError  # help and completion do not wait for it

        if not isinstance(error, RulesRunError):
            raise
        click.echo(str(error), err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)
