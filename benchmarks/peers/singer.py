"""Stream maps of singer-sdk: one simple expression a field; no nested lists, so the lines are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from singer_sdk.mapper import CustomStreamMap

TEXT = {"type": ["string", "null"]}
SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "invoiceNumber": TEXT,
        "invoiceDateTime": TEXT,
        "dueDate": TEXT,
        "taxRegionName": TEXT,
        "paymentTerm": TEXT,
        "invoiceTotal": {"type": ["number", "null"]},
        "company": {"type": "object"},
    },
}
CODES = "{'Quebec': 'TPS-TVQ', 'Ontario': 'HST-13', 'Alberta': 'GST-5', 'Exempt': 'E'}"
FIELDS = {
    "number": "str(record['invoiceNumber'])",
    "reference": "str(record['id'])",
    "customer_id": "str(record['company'].get('externalID'))",
    "customer_name": "str(record['company']['companyName'])",
    "customer_city": "str((record['company'].get('address') or {}).get('city'))",
    "customer_ranking": "str(([f['value'] for f in record['company'].get('userDefinedFields') or [] "
    "if f['name'] == 'Customer Ranking'] + ['Standard'])[0])",
    "memo": "'Services for ' + record['company']['companyName'] + ', invoice ' + record['invoiceNumber']",
    "date": "str(record['invoiceDateTime'])",
    "due": "str(record.get('dueDate'))",
    "total": "float(record['invoiceTotal'])",
    "tax_code": f"str({CODES}.get(record.get('taxRegionName')))",
    "terms": "str(record.get('paymentTerm') or 'Net 30')",
    "__else__": None,
}


def contender() -> Callable[[list[dict[str, Any]]], None]:
    """Return what maps a list of records."""
    stream = CustomStreamMap(
        stream_alias="invoices",
        raw_schema=SCHEMA,
        key_properties=None,
        map_config={},
        map_transform=FIELDS,
        faker_config={},
        flattening_options=None,
    )

    def run(records: list[dict[str, Any]]) -> None:
        for record in records:
            stream.transform(record)

    return run
