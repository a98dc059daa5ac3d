"""`rules-run sandbox`."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from rules_run.cli.options import workspace_of
from rules_run.errors import InvalidFiles
from rules_run.model.problem import Problem


@click.command("sandbox")
@click.argument("system")
@click.option("--port", type=int, default=0, help="Port on this machine (default: a free one).")
@click.option(
    "--data", type=click.Path(exists=True, dir_okay=False), help="Records, users and picklists to start with."
)
@click.pass_obj
def command(directory: str, system: str, port: int, data: str | None) -> None:
    """Serve a stand-in of SYSTEM until it is interrupted; its first page shows the records."""
    from rules_run.connect.registry import open_catalogue
    from rules_run.sandbox.data import read_data
    from rules_run.sandbox.opening import sandbox_maker
    from rules_run.sandbox.serving import serve

    root = workspace_of(directory).root
    app = sandbox_maker(system, root)(read_data(Path(data)) if data else {}, open_catalogue(system, root))
    try:
        serving = serve(app, port)
    except OSError as error:
        message = f"Port {port} cannot be used: {error.strerror}."
        raise InvalidFiles([Problem(code="W020", message=message, hint="Leave --port out for a free one.")]) from None
    with serving:
        click.echo(f"{system} sandbox at {serving.url} (records: {serving.url}/, stop with Ctrl-C)")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            serving.wait()
        except KeyboardInterrupt:
            click.echo("stopped")
