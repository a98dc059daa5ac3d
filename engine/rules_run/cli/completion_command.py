"""`rules-run completion`."""

from __future__ import annotations

import click

PROGRAM, VARIABLE = "rules-run", "_RULES_RUN_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes SHELL complete verbs, options, integrations, tenants, rules and document numbers.

    For bash: eval "$(rules-run completion bash)" in ~/.bashrc. For zsh the same in ~/.zshrc. For fish:
    rules-run completion fish > ~/.config/fish/completions/rules-run.fish
    """
    from click.shell_completion import get_completion_class

    from rules_run.cli import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    maker = found(cli, {}, PROGRAM, VARIABLE)
    click.echo(maker.source_template % maker.source_vars())
