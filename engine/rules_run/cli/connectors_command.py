"""`rules-run connectors`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from rules_run.cli.completing import tenant_names
from rules_run.cli.options import workspace_of
from rules_run.cli.terminal import paint
from rules_run.connect.registry import list_connectors, open_catalogue, open_manifest
from rules_run.language.suggest import did_you_mean
from rules_run.model.catalogue import Field, Resource


class _Connectors(click.Group):
    """A verb whose plain words name a connector and a resource, and whose other form is `refresh`."""

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
    root = workspace_of(ctx.obj).root
    for each in list_connectors(root):
        click.echo(f"{each.type:<14} {each.origin:<10} {open_manifest(each.type, root).title}")


@command.command("show")
@click.argument("type_", metavar="TYPE")
@click.argument("resource", required=False)
@click.pass_obj
def show(directory: str, type_: str, resource: str | None) -> None:
    """Show what a connector of a TYPE takes and offers (`show` may be left out)."""
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
    for each in compare(workspace, the_tenant, alias, resources):
        compared += 1
        for drift in each.drifts:
            click.echo(paint(f"{alias}.{drift.resource}.{drift.field} {drift.says}", "yellow"))
        if each.unreadable:
            click.echo(f"{alias}.{each.resource} cannot be compared: {each.unreadable}")
        differing += bool(each.drifts)
    click.echo(f"{compared} resources compared: {differing or 'none'} differ{'s' if differing == 1 else ''}.")
    return 3 if differing else 0


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
