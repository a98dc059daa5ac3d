"""No secret reaches a file or the terminal, in any form."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from rules_run.sandbox.faults import Effect, Fault

from .desk import REPORT, SECRETS, Desk

FAULTS: tuple[tuple[str, Effect], ...] = (
    ("Contracts", "reset_after_commit"),
    ("ContractCharges", "reset_before_commit"),
    ("Services", "answer"),
)


def forms(secret: str) -> Iterator[bytes]:
    """Yield a secret as it may be written: plain, for an address, and in base64 at each offset."""
    for text in (secret, quote(secret, safe=""), quote_plus(secret), secret[::-1]):
        yield text.encode()
    for offset in range(3):
        packed = base64.b64encode(b"\0" * offset + secret.encode())
        yield packed[4 if offset else 0 : -4]


def hits(content: bytes) -> list[str]:
    return [name for name, secret in SECRETS.items() for form in forms(secret) if form in content]


def test_no_secret_stands_in_any_output_or_file(small: Desk, tmp_path: Path) -> None:
    small.edit("tables/accounts.csv", "0048213,yes,174,create\n", "")
    said = [small.plan("--out", str(small.folder / "plan.json"), "-v"), small.apply()]
    (small.folder / "tables" / "accounts.csv").write_text("account,export,company,contract\n0048213,yes,174,create\n")
    said += [small.plan("--output-format", "json"), small.apply("--plan", str(small.folder / "plan.json"))]
    for resource, effect in FAULTS:
        body = {"errors": ["No."]} if effect == "answer" else None
        small.app.faults.add(Fault(effect=effect, resource=resource, verb="create", body=body))
    said += [small.apply(), small.apply(), small.apply("--check-targets"), small.run("validate")]
    small.edit(REPORT, ",5,5.50,7.99,", ",6,5.50,7.99,")
    said += [small.plan(), small.apply()]
    for number in range(1, 9):
        said.append(small.run("queue", "show", str(number)))
    small.environment["AUTOTASK_INTEGRATION_CODE"] = ""
    said.append(small.apply())
    small.environment["AUTOTASK_INTEGRATION_CODE"] = SECRETS["AUTOTASK_SECRET"]
    said.append(small.apply())
    for ran in said:
        assert hits(ran.said.encode()) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        assert hits(path.read_bytes()) == [], path


def test_the_search_for_secrets_finds_them(tmp_path: Path) -> None:
    for secret in SECRETS.values():
        assert hits(b"header " + secret.encode())
        assert hits(base64.b64encode(b"user:" + secret.encode()))
        assert hits(quote(secret, safe="").encode())
