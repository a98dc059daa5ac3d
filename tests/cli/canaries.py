"""Secrets that are easy to find again, in whatever form somebody wrote them down."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from json import dumps
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(secret: str) -> Iterator[bytes]:
    """Yield a secret as it may be written: plain, coded for a page or an address, in hex, in base64 at each offset."""
    coded = quote(secret, safe="")
    small = "%".join(part[:2].lower() + part[2:] if n else part for n, part in enumerate(coded.split("%")))
    for text in (secret, escape(secret), dumps(secret)[1:-1], coded, small, quote_plus(secret), secret[::-1]):
        yield from (text.encode(), text.encode("utf-16-le"))
    yield from (secret.encode().hex().encode(), secret.encode().hex().upper().encode())
    for encode in (b64encode, urlsafe_b64encode):
        for offset in range(3):
            packed = encode(b"\0" * offset + secret.encode())
            yield packed[4 if offset else 0 : -4]


def hits(content: bytes, secrets: Mapping[str, str]) -> list[str]:
    """Return the names of the secrets that stand in a content."""
    return [name for name, secret in secrets.items() if any(form in content for form in forms(secret))]


def assert_clean(folder: Path, said: Iterable[str], secrets: Mapping[str, str], *, but: Iterable[Path] = ()) -> None:
    """Check that no secret stands in what was said, nor in any file but those that are meant to hold one."""
    for text in said:
        assert hits(text.encode(), secrets) == [], text
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert files
    for path in files - set(but):
        assert hits(path.read_bytes() + str(path).encode(), secrets) == [], path
