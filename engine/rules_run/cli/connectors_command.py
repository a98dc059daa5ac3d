"""`rules-run connectors`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from rules_run.cli.options import workspace_of
from rules_run.connect.registry import list_connectors, open_catalogue, open_manifest
from rules_run.language.suggest import did_you_mean
from rules_run.model.catalogue import Field, Resource


@click.command("connectors")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.argument("resource", required=False)
@click.pass_obj
def command(directory: str, type_: str | None, resource: str | None) -> None:
    """List connectors; with TYPE its settings and resources, with RESOURCE its fields."""
    root = workspace_of(directory).root
    if type_ is None:
        for each in list_connectors(root):
            click.echo(f"{each.type:<14} {each.origin:<10} {open_manifest(each.type, root).title}")
        return
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
