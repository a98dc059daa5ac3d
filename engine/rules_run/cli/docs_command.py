"""`rules-run docs`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("docs")
@click.option(
    "--folder", type=click.Path(file_okay=False), default="docs/reference", show_default=True, help="Where to."
)
@click.option("--check", is_flag=True, help="Write nothing; leave with 1 when a page is not up to date.")
def command(folder: str, check: bool) -> int:
    """Write the reference: every word, function, problem code and command, from what runs."""
    from rules_run.cli.reference import pages

    found = pages()
    stale = [name for name, text in found.items() if _read(Path(folder) / name) != text]
    if check:
        for name in stale:
            click.echo(f"{Path(folder) / name} is not up to date: rules-run docs")
        return 1 if stale else 0
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in stale:
        (Path(folder) / name).write_text(found[name], encoding="utf-8")
        click.echo(f"wrote {Path(folder) / name}")
    return 0


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
