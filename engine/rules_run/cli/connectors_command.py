"""`rules-run connectors`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import tenant_names
from rules_run.cli.options import workspace_of
from rules_run.cli.terminal import paint

if TYPE_CHECKING:
    from rules_run.model.catalogue import Field, Resource


class _Connectors(click.Group):
    """A verb whose plain words name a connector and a resource, and whose other forms are `refresh` and `check`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take words that are no verb of this one for those of `show`."""
        return super().resolve_command(ctx, args if args and args[0] in self.commands else ["show", *args])


@click.group("connectors", cls=_Connectors, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List connectors; with TYPE its settings and resources, with RESOURCE its fields."""
    if ctx.invoked_subcommand is not None:
        return
    from rules_run.connect.registry import list_connectors, open_manifest

    root = workspace_of(ctx.obj).root
    for each in list_connectors(root):
        click.echo(f"{each.type:<14} {each.origin:<10} {open_manifest(each.type, root).title}")


@command.command("show")
@click.argument("type_", metavar="TYPE")
@click.argument("resource", required=False)
@click.pass_obj
def show(directory: str, type_: str, resource: str | None) -> None:
    """Show what a connector of a TYPE takes and offers (`show` may be left out)."""
    from rules_run.connect.registry import open_catalogue, open_manifest
    from rules_run.language.suggest import did_you_mean

    root = workspace_of(directory).root
    catalogue = open_catalogue(type_, root)
    if resource is None:
        for setting in open_manifest(type_, root).settings.values():
            flags = ", ".join(word for word, on in (("required", setting.required), ("secret", setting.secret)) if on)
            click.echo(f"{setting.name:<20} {flags:<18} {setting.description}")
        click.echo(f"\nResources: {', '.join(catalogue.names())}")
        return
    described = catalogue.resource(resource)
    if described is None:
        hint = did_you_mean(resource, catalogue.names())
        raise click.UsageError(f"{type_} has no resource {resource}. {hint}")
    for line in _resource(described):
        click.echo(line)


@command.command("refresh")
@click.argument("alias")
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Tenant (default: the only one).")
@click.option("--resource", "resources", multiple=True, metavar="NAME", help="Only this one (default: all).")
@click.pass_obj
def refresh(directory: str, alias: str, tenant: str | None, resources: tuple[str, ...]) -> int:
    """Compare the catalogue with what the system of the account ALIAS describes now; 3 where they differ."""
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.refreshing import refresh as compare

    workspace = workspace_of(directory)
    the_tenant, _ = open_tenant(workspace, tenant, (), {})
    compared, differing = 0, 0
    for each in compare(workspace, the_tenant, alias, resources, lambda said: click.echo(said, err=True)):
        compared += 1
        for drift in each.drifts:
            click.echo(paint(f"{alias}.{drift.resource}.{drift.field} {drift.says}", "yellow"))
        if each.unreadable:
            click.echo(f"{alias}.{each.resource} cannot be compared: {each.unreadable}")
        differing += bool(each.drifts)
    click.echo(f"{compared} resources compared: {differing or 'none'} differ{'s' if differing == 1 else ''}.")
    return 3 if differing else 0


@command.command("check")
@click.argument("type_", metavar="TYPE")
@click.option("--update", is_flag=True, help="Write the table of classes into the README of the connector.")
@click.pass_obj
def check(directory: str, type_: str, update: bool) -> int:
    """Ask a connector and the stand-in of its system the questions of safe writing; 1 where it claims too much."""
    from rules_run.connect.registry import find_connector
    from rules_run.testing.conformance.check import examine
    from rules_run.testing.conformance.report import lines, with_table

    root = workspace_of(directory).root
    examined = []
    for each in examine(type_, root):
        examined.append(each)
        for line in lines(each):
            click.echo(paint(line, "red") if line.startswith("!") else line)
    wrong = sum(len(each.wrong) for each in examined)
    resources = f"{len(examined)} resource{'' if len(examined) == 1 else 's'} checked"
    click.echo(f"{resources}: {wrong or 'no'} claim{'' if wrong == 1 else 's'} too much.")
    readme = find_connector(type_, root).folder / "README.md"
    if update and readme.is_file():
        readme.write_text(with_table(readme.read_text(encoding="utf-8"), examined), encoding="utf-8")
    return 1 if wrong else 0


def _resource(resource: Resource) -> Iterator[str]:
    kind = "virtual " if resource.virtual else ""
    yield f"{resource.name}: {kind}{', '.join(sorted(resource.operations))}{'; money' if resource.money else ''}"
    for field in resource.fields.values():
        yield f"  {field.name:<34} {field.type:<9} {_flags(field)}".rstrip()


def _flags(field: Field) -> str:
    words = (
        ("required", field.required),
        ("read only", field.read_only),
        ("create only", field.create_only),
        ("write only", field.write_only),
        ("not filterable", not field.filterable),
        ("picklist", field.picklist),
        (f"at most {field.length}", field.length is not None),
        (f"-> {field.reference}", field.reference is not None),
    )
    return ", ".join(word for word, on in words if on)
