"""Rows of rules with `group_by`: few are grouped in memory, many are put in order on the disk, group by group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.grouping import alike, group_scope, scopes
from rules_run.mapping.point import Scope
from rules_run.model.exchange import Record
from rules_run.runtime.scratch import Scratch
from rules_run.runtime.spool import PAGE, frozen, thawed, together


def gathered(
    rule: CompiledRule, pages: Iterable[list[Record]], outer: Scope, scratch: Scratch
) -> Iterator[list[Scope]]:
    """Yield the scopes of the documents that rows make, in lists that fit into memory."""
    if rule.rule.group_by is None:
        for page in together(pages, scratch.at_once):
            yield list(scopes(rule, page, outer))
        return
    chunks = together(pages, scratch.at_once)
    few, more = next(chunks, []), next(chunks, None)
    if more is None:
        yield list(scopes(rule, few, outer))
        return
    kin = _Kin(rule, outer, scratch)
    for chunk in chain((few, more), chunks):
        kin.take(chunk)
    yield from kin.scopes()


class _Kin:
    """The groups of one rule on the disk, numbered in the order in which they first appear."""

    def __init__(self, rule: CompiledRule, outer: Scope, scratch: Scratch) -> None:
        self._rule, self._outer, self._scratch = rule, outer, scratch
        self._list, self._rows = scratch.new_list(), 0

    def take(self, rows: list[Record]) -> None:
        """Add rows to their groups."""
        names = [json.dumps(alike(self._rule, row, self._outer)) for row in rows]
        distinct = dict.fromkeys(names)
        self._scratch.put(
            "INSERT OR IGNORE INTO kin (list, alike) VALUES (?, ?)", ((self._list, name) for name in distinct)
        )
        query = "SELECT alike, id FROM kin WHERE list = ? AND alike IN ({})"
        known = dict(self._scratch.among(query, self._list, distinct))
        numbers = range(self._rows, self._rows + len(rows))
        members = ((known[name], number, frozen(row)) for name, number, row in zip(names, numbers, rows, strict=True))
        self._scratch.put("INSERT INTO member VALUES (?, ?, ?)", members)
        self._rows += len(rows)

    def scopes(self) -> Iterator[list[Scope]]:
        """Yield the scope of each group, so many at a time that their rows fit into memory."""
        made: list[Scope] = []
        rows = 0
        for members in self._groups():
            made.append(group_scope(self._rule, members, self._outer))
            rows += len(members)
            if rows >= self._scratch.at_once:
                yield made
                made, rows = [], 0
        if made:
            yield made

    def _groups(self) -> Iterator[list[Record]]:
        after = 0
        query = "SELECT id FROM kin NOT INDEXED WHERE list = ? AND id > ? ORDER BY id LIMIT ?"
        while found := [number for (number,) in self._scratch.rows(query, (self._list, after, PAGE))]:
            for number in found:
                items = self._scratch.rows("SELECT item FROM member WHERE kin = ? ORDER BY number", (number,))
                yield [thawed(item) for (item,) in items]
            after = found[-1]
