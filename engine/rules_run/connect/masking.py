"""Takes secrets out of the words of a system: in their complaints, systems repeat what they were shown."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""A shorter secret would be masked inside of words, and so be told."""
_MASK = "***"


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return the text with `***` for each secret, also where it is written for an address, a page, in base64 or hex."""
    found = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, _MASK)
    return text


def _forms(secret: str) -> Iterator[str]:
    code = secret.encode()
    addressed = (quote(secret, safe=""), quote_plus(secret))
    yield from (secret, escape(secret), *addressed, *map(_small, addressed), code.hex(), code.hex().upper())
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            # Which signs stand for it depends on how many bytes stand before: those that only hold its own are taken.
            packed = encode(b"\0" * before + code)
            yield packed[(0, 2, 3)[before] : len(packed) - (0, 3, 2)[(before + len(code)) % 3]].decode()


def _small(addressed: str) -> str:
    """Return the text of an address with its codes in small letters, as some systems write them."""
    first, *coded = addressed.split("%")
    return "%".join([first, *(each[:2].lower() + each[2:] for each in coded)])
