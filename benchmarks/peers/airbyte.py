"""AddFields of airbyte-cdk: one Jinja expression a field, interpolated for every record; the lines are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airbyte_cdk.sources.declarative.transformations import AddFields
from airbyte_cdk.sources.declarative.transformations.add_fields import AddedFieldDefinition

FIELDS = {
    "number": "{{ record['invoiceNumber'] }}",
    "reference": "{{ record['id'] | string }}",
    "customer_id": "{{ record['company']['externalID'] }}",
    "customer_name": "{{ record['company']['companyName'] }}",
    "customer_city": "{{ record['company']['address']['city'] }}",
    "customer_ranking": "{{ (record['company']['userDefinedFields'] "
    "| selectattr('name', 'equalto', 'Customer Ranking') | map(attribute='value') | first) or 'Standard' }}",
    "memo": "Services for {{ record['company']['companyName'] }}, invoice {{ record['invoiceNumber'] }}",
    "date": "{{ record['invoiceDateTime'][:10] }}",
    "due": "{{ record['dueDate'][:10] if record['dueDate'] else '' }}",
    "total": "{{ record['invoiceTotal'] | round(2) }}",
    "tax_code": "{{ {'Quebec': 'TPS-TVQ', 'Ontario': 'HST-13', 'Alberta': 'GST-5', 'Exempt': 'E'}"
    "[record['taxRegionName']] }}",
    "terms": "{{ record['paymentTerm'] or 'Net 30' }}",
}


def contender() -> Callable[[list[dict[str, Any]]], None]:
    """Return what maps a list of records."""
    definitions = [
        AddedFieldDefinition(path=[name], value=value, value_type=None, parameters={}) for name, value in FIELDS.items()
    ]
    transformation = AddFields(fields=definitions, parameters={})

    def run(records: list[dict[str, Any]]) -> None:
        for record in records:
            transformation.transform(dict(record), config={})

    return run
