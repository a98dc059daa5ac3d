"""Looking into a target: what stands there under a search, and under an id."""

from __future__ import annotations

from rules_run.connect.contract import Connector
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Query, Record


def find(connector: Connector, resource: str, where: tuple[Condition, ...]) -> list[Record]:
    """Return every record that meets the search, all pages read."""
    return [record for page in connector.read(Query(resource=resource, where=where)) for record in page]


def find_by_id(connector: Connector, resource: str, target_id: str) -> Record | None:
    """Return the record of an id, None when there is none."""
    known = connector.catalogue.resource(resource)
    name = known.id_field if known else "id"
    numeric = known is not None and name in known.fields and known.fields[name].type == "integer"
    value = int(target_id) if numeric else target_id
    return next(iter(find(connector, resource, (Condition(field=name, op="eq", value=value),))), None)


def id_of(connector: Connector, resource: str, record: Record) -> str:
    """Return the id of a record, as the text that the ledger keeps."""
    known = connector.catalogue.resource(resource)
    value = record.get(known.id_field if known else "id")
    if value is None:
        raise ConnectorUnusable(f"{connector.alias} answered a record of {resource} without its id.")
    return str(value)


def reference_of(connector: Connector, resource: str, record: Record | None) -> str:
    """Return what people call a record, where the catalogue says which field holds it."""
    known = connector.catalogue.resource(resource)
    if record is None or known is None or known.label is None:
        return ""
    return str(record.get(known.label) or "")
