"""`rules-run graph`."""

from __future__ import annotations

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.options import Output, output_options, workspace_of
from rules_run.errors import InvalidFiles
from rules_run.model.problem import Problem


@click.command("graph")
@click.argument("integration", shell_complete=integration_names)
@output_options("mermaid", "dot", "svg")
@click.pass_obj
def command(directory: str, integration: str, output_format: str, output_file: str | None) -> int:
    """Draw INTEGRATION: its rules, the resources they read and write, and by which fields.

    Mermaid is drawn by code hosts, DOT by graphviz; SVG needs graphviz here.
    """
    from rules_run.cli.graph_text import dot, mermaid
    from rules_run.cli.graphs import graph_of
    from rules_run.runtime.checking import Checker

    checker = Checker(workspace_of(directory), tests=False)
    loaded = checker.integration(integration)
    if loaded is None or loaded.integration is None or checker.checked.errors:
        raise InvalidFiles(checker.checked.errors)
    graph = graph_of(loaded.integration)
    with Output(output_file) as out:
        if output_format == "svg":
            out.line(_drawn("\n".join(dot(graph))))
        else:
            out.lines(mermaid(graph) if output_format == "mermaid" else dot(graph))
    return 0


def _drawn(text: str) -> str:
    import subprocess

    try:
        done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True)  # noqa: S607
    except FileNotFoundError:
        message, hint = (
            "The program `dot` of graphviz is not installed.",
            "Install graphviz, or take --output-format dot.",
        )
        raise InvalidFiles([Problem(code="W060", message=message, hint=hint)]) from None
    return done.stdout.rstrip()
