"""What hangs on invoices: their markup, their PDF, and how a company gets them.

No public source shows the bodies of the PDF and of the settings: all of these are INFERRED.
"""

from __future__ import annotations

import base64
from html import escape

from rules_run.model.exchange import Record
from rules_run.sandbox import Answer

from . import writes
from .asked import Asked
from .entities import RECIPIENTS
from .refusal import Refusal
from .values import stored

_SETTINGS = ("billTo", "invoice")
"""How the fields of a company begin that say how its invoices are made."""


def markup(asked: Asked) -> Record:
    """Answer `InvoiceMarkupHtml` and `InvoiceMarkupXml`."""
    number, total = _invoice(asked)
    number = escape(number)
    xml = asked.request.path.lower().rstrip("/").endswith("xml")
    text = f"<invoice><number>{number}</number><total>{total}</total></invoice>"
    return {"invoiceMarkup": text if xml else f"<h1>Invoice {number}</h1><p>Total {total}</p>"}


def pdf(asked: Asked) -> Record | Answer:
    """Answer `InvoicePdf`: in JSON, or as the file itself."""
    number, total = _invoice(asked)
    file = _one_page(f"Invoice {number}, total {total}")
    if asked.db.switches.pdf_in_json:
        return {"invoicePdf": base64.b64encode(file).decode()}
    return Answer(body=file, headers={"Content-Type": "application/pdf"})


def settings(asked: Asked) -> Record:
    """Answer a company's invoice settings."""
    company = _company(asked)
    told: Record = {"companyID": company["id"]}
    told.update({name: company.get(name) for name in _names(asked)})
    for table, key, _ in RECIPIENTS.values():
        rows = [row for row in asked.db.store.rows(table) if row["companyID"] == company["id"]]
        told["contactRecipients" if key == "contactID" else "resourceRecipients"] = [row[key] for row in rows]
    return {"item": told}


def set_settings(asked: Asked) -> int:
    """Replace a company's invoice settings."""
    company, body = _company(asked), asked.body()
    sent = {str(key).lower(): value for key, value in body.items()} if isinstance(body, dict) else {}
    fields = asked.db.resource("Companies").fields
    changes: Record = {name: stored(fields[name], sent.get(name.lower())) for name in _names(asked)}
    asked.db.store.change("Companies", asked.record_id, changes)
    asked.db.happened("Companies", company, asked.db.store.get("Companies", asked.record_id))
    return asked.record_id


def add_recipient(asked: Asked) -> int:
    """Add somebody who gets a company's invoices."""
    table, key, of = RECIPIENTS[asked.place.name.lower()]
    company, body = _company(asked), asked.body()
    sent = {str(name).lower(): value for name, value in body.items()} if isinstance(body, dict) else {}
    person = stored(asked.db.resource(table).fields[key], sent.get(key.lower(), sent.get("id")))
    if person is None:
        raise Refusal(f"Missing Required Field: {key}")
    if asked.db.one(of, person) is None:
        raise Refusal(f"Reference value on field: {key} of type: {of.removesuffix('s')} does not exist or is invalid.")
    return int(asked.db.store.insert(table, {"companyID": company["id"], key: person}))


def remove_recipient(asked: Asked) -> int:
    """Take somebody off those who get a company's invoices."""
    table, key, _ = RECIPIENTS[asked.place.name.lower()]
    for row in asked.db.store.rows(table):
        if row["companyID"] == asked.record_id and row[key] == asked.place.parent:
            asked.db.store.remove(table, row["id"])  # type: ignore[arg-type]
            return int(str(row["id"]))
    raise Refusal(writes.NOT_THERE.format(verb="delete"))


def _names(asked: Asked) -> list[str]:
    return [name for name in asked.db.resource("Companies").fields if name.startswith(_SETTINGS)]


def _company(asked: Asked) -> Record:
    company = asked.db.one("Companies", asked.record_id)
    if company is None:
        raise Refusal(writes.NOT_THERE.format(verb="view"))
    return company


def _invoice(asked: Asked) -> tuple[str, object]:
    invoice = asked.db.one("Invoices", asked.record_id)
    if invoice is None:
        raise Refusal(writes.NOT_THERE.format(verb="view"))
    return str(invoice.get("invoiceNumber") or invoice["id"]), invoice.get("invoiceTotal", 0)


def _one_page(text: str) -> bytes:
    """Return a PDF of one page with one line."""
    shown = "".join(letter if letter.isascii() and letter not in "()\\" else "?" for letter in text)
    drawn = f"BT /F1 18 Tf 72 720 Td ({shown}) Tj ET"
    parts = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    file, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(file))
        file += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(parts) + 1
    file += f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer<</Size {count}/Root 1 0 R>>\n"
    return f"{file}startxref\n{file.index('xref')}\n%%EOF".encode("ascii")
