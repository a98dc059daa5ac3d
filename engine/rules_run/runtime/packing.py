"""Documents without what all of a run share: what is left can be put on the disk and made whole again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter

from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.point import Scope
from rules_run.runtime.intended import Document, FollowUp

Packed = tuple[str, Scope, Scope, list[tuple[object, ...]], list[tuple[str, str]], tuple[object, ...]]
Known = Callable[[str, str], Document | None]
"""Finds a document of a rule by its key."""
_MADE_WHOLE = {"rule", "target", "definitions", "further", "scope", "base", "follow", "leans_on"}


def _plain(kind: type[Document] | type[FollowUp]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in _MADE_WHOLE)


_OF_DOCUMENT, _OF_FOLLOW = _plain(Document), _plain(FollowUp)
_from_document, _from_follow = attrgetter(*_OF_DOCUMENT), attrgetter(*_OF_FOLLOW)


class Packer:
    """Packs the documents of one run: `outer` is in the scope of each, `known` finds those that they lean on."""

    def __init__(self, rules: Mapping[str, CompiledRule], outer: Scope, known: Known) -> None:
        self._rules, self._outer, self._known = rules, outer, known

    def pack(self, document: Document) -> Packed:
        """Return what is a document's own."""
        follow: list[tuple[object, ...]] = [
            (each.further.further.name, self._own(each.scope), _from_follow(each)) for each in document.follow
        ]
        leans = [(each.rule.rule.name, each.key) for each in document.leans_on]
        own, base = self._own(document.scope), self._own(document.base)
        return document.rule.rule.name, own, base, follow, leans, _from_document(document)

    def unpack(self, packed: Packed) -> Document:
        """Return the document."""
        name, scope, base, follow, leans, plain = packed
        rule = self._rules[name]
        document = Document(
            rule=rule,
            target=rule.target,
            definitions=rule.definitions,
            scope={**self._outer, **scope},
            base={**self._outer, **base},
            **dict(zip(_OF_DOCUMENT, plain, strict=True)),  # type: ignore[arg-type]
        )
        document.follow = [self._follow(document, *each) for each in follow]  # type: ignore[arg-type]
        found = (self._known(*each) for each in leans)
        document.leans_on = tuple(each for each in found if each is not None)
        return document

    def _follow(self, document: Document, name: str, scope: Scope, plain: tuple[object, ...]) -> FollowUp:
        rule = document.rule
        further = next(each for each in (*rule.on_success, *rule.on_failure) if each.further.name == name)
        return FollowUp(
            further=further,
            target=further.target,
            definitions={**document.definitions, **further.definitions},
            scope={**self._outer, **scope},
            **dict(zip(_OF_FOLLOW, plain, strict=True)),  # type: ignore[arg-type]
        )

    def _own(self, scope: Scope) -> Scope:
        outer = self._outer
        return {name: value for name, value in scope.items() if name not in outer or value is not outer[name]}
