"""Writes the values of a rule file as Python source: one function a purpose, straight code within."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules_run.language.conversions import emit_conversion
from rules_run.language.expressions import CodeWriter, emit, parse_select, parse_template
from rules_run.mapping.faults import as_condition, judge, members
from rules_run.mapping.spots import Mark
from rules_run.mapping.tables import TableLookup
from rules_run.model.problem import Origin
from rules_run.model.rules import Table
from rules_run.model.values import (
    Branch,
    Check,
    Choose,
    Const,
    Each,
    Fields,
    Item,
    ItemChoice,
    Lines,
    Named,
    Select,
    Template,
    Value,
)

Names = Mapping[str, str]


class Emission:
    """Emits values into one code writer, with the tables and the currency of one tenant; `note` keeps marks."""

    def __init__(
        self,
        writer: CodeWriter,
        tables: Mapping[str, Table],
        places: int,
        note: Callable[[Mark], object] | None = None,
    ) -> None:
        self.writer, self._tables, self._places, self._note = writer, tables, places, note

    def value(self, value: Value, names: Names) -> str:
        """Write what makes a value and return the name that holds it."""
        if plain(value):
            return self._produced(value.producer, names)
        if value.when is None:
            return self._modified(value, names)
        out = self.writer.fresh("v")
        self.writer.line(f"{out} = None")
        with self.writer.block(f"if {self.condition(value.when, names)}:"):
            self.writer.line(f"{out} = {self._modified(value, names)}")
        return out

    def condition(self, select: Select, names: Names) -> str:
        """Write a condition and return a name that holds True or False."""
        self.writer.mark(select.origin)
        found = emit(parse_select(select.text), self.writer, names)
        out = self.writer.fresh("c")
        self.writer.line(f"{out} = {found}")
        with self.writer.block(f"if {out} is not True and {out} is not False:"):
            self.writer.line(f"{out} = {self.writer.constant(as_condition)}({out}, {select.text!r})")
        self._reach(select.origin, out)
        return out

    def named(self, named: tuple[Named, ...], names: Names) -> Names:
        """Write named values one after the other and return the scope with them."""
        scope = dict(names)
        for each in named:
            held = self.value(each.value, scope)
            scope[each.name] = self.writer.fresh("n")
            self.writer.line(f"{scope[each.name]} = {held}")
        return scope

    def fields(self, fields: Fields, names: Names, out: str) -> None:
        """Write one assignment into the dict `out` for each field; a null is left out unless it is said outright."""
        for line in fields:
            self.writer.mark(line.origin)
            if isinstance(line.value, Lines):
                self.writer.line(f"{out}[{line.path!r}] = {self.lines(line.value, names)}")
            elif _blank(line.value):
                self.writer.line(f"{out}[{line.path!r}] = None")
            else:
                held = self.value(line.value, names)
                self.writer.line(f"if {held} is not None: {out}[{line.path!r}] = {held}")
            self._reach(line.origin, "None", f"if {line.path!r} in {out}: ")

    def lines(self, lines: Lines, names: Names) -> str:
        """Write a list of lines and return the name that holds it."""
        out = self.writer.fresh("l")
        self.writer.line(f"{out} = []")
        for block in lines.blocks:
            self.writer.mark(block.origin)
            if isinstance(block, Each):
                self._each(block, names, out)
            else:
                self._item(block, names, out)
        return out

    def check(self, check: Check, names: Names, notes: str) -> None:
        """Write a judgement that adds to the list `notes` when it does not hold."""
        met = self.condition(check.that, names)
        with self.writer.block(f"if not {met}:"):
            message = self.value(check.message, names)
            held = self.writer.constant(judge(check))
            self.writer.line(f"{held}({message}, {notes})")

    def _reach(self, place: Origin | str, way: str, met: str = "") -> None:
        """Note what is reached, in a run that somebody measures."""
        if self._note is not None:
            w = self.writer
            w.line(f"{met}{w.constant(self._note)}(({w.constant(place)}, {way}))")

    def _modified(self, value: Value, names: Names) -> str:
        w = self.writer
        held = self._produced(value.producer, names)
        if value.map is not None:
            w.mark(value.map.origin)
            table = self._tables[value.map.table]
            lookup = TableLookup(table, value.map)
            self._reach(table.file, f"{value.map.source or table.spec.key!r}, str({held})")
            held = w.assign(f"{w.constant(lookup.answer)}({held})")
        if value.default is not None:
            out = w.assign(held)
            with w.block(f"if {out} is None:"):
                w.line(f"{out} = {self.value(value.default, names)}")
            held = out
        if value.type is not None:
            w.mark(value.origin)
            held = emit_conversion(w, value.type, held, currency_places=self._places)
        return held

    def _produced(self, producer: Const | Select | Template | Choose, names: Names) -> str:
        w = self.writer
        w.mark(producer.origin)
        if isinstance(producer, Const):
            return w.constant(producer.value)
        if isinstance(producer, Select):
            return emit(parse_select(producer.text), w, names)
        if isinstance(producer, Template):
            return emit(parse_template(producer.text), w, names)
        out = w.fresh("v")
        w.line(f"{out} = None")
        self._branches(producer.branches, names, out)
        return out

    def _branches(self, branches: tuple[Branch, ...], names: Names, out: str) -> None:
        first, rest = branches[0], branches[1:]
        if first.when is None:
            self.writer.line(f"{out} = {self.value(first.value, names)}")
            return
        with self.writer.block(f"if {self.condition(first.when, names)}:"):
            self.writer.line(f"{out} = {self.value(first.value, names)}")
        with self.writer.block("else:"):
            self._branches(rest, names, out)

    def _item(self, item: Item | ItemChoice, names: Names, out: str) -> None:
        if isinstance(item, ItemChoice):
            self._alternatives(item.branches, names, out)
        elif item.when is None:
            self._line(item.fields, names, out)
        else:
            with self.writer.block(f"if {self.condition(item.when, names)}:"):
                self._line(item.fields, names, out)

    def _alternatives(self, branches: tuple[Item, ...], names: Names, out: str) -> None:
        first, rest = branches[0], branches[1:]
        if first.when is None:
            self._line(first.fields, names, out)
            return
        with self.writer.block(f"if {self.condition(first.when, names)}:"):
            self._line(first.fields, names, out)
        with self.writer.block("else:"):
            self._alternatives(rest, names, out)

    def _line(self, fields: Fields, names: Names, out: str) -> None:
        made = self.writer.fresh("i")
        self.writer.line(f"{made} = {{}}")
        self.fields(fields, names, made)
        self.writer.line(f"{out}.append({made})")

    def _each(self, each: Each, names: Names, out: str) -> None:
        w = self.writer
        held, member = self.value(each.items, names), w.fresh("m")
        items = w.fresh("x")
        w.line(f"{items} = {held} if {held}.__class__ is list else {w.constant(members)}({held})")
        scope = {**names, each.name: member}
        if each.with_:
            found = w.fresh("f")
            head = f"for {member}, {found} in zip({items}, S[{lookups_name(each)!r}], strict=True):"
        else:
            head = f"for {member} in {items}:"
        with w.block(head):
            for lookup in each.with_:
                scope[lookup.name] = w.fresh("n")
                w.line(f"{scope[lookup.name]} = {found}[{lookup.name!r}]")
            inner = self.named(each.let, scope)
            for check in each.check:
                self.check(check, inner, "notes")
            if each.when is None:
                self._item(each.body, inner, out)
            else:
                with w.block(f"if {self.condition(each.when, inner)}:"):
                    self._item(each.body, inner, out)


def lookups_name(each: Each) -> str:
    """Return the scope name under which the look-ups of a block's members stand."""
    return f"@{each.origin.line}:{each.origin.column}:{each.name}"


def plain(value: Value) -> bool:
    """Say whether a value is its producer, without modifiers."""
    return value.when is None and value.map is None and value.default is None and value.type is None


def _blank(value: Value) -> bool:
    return plain(value) and isinstance(value.producer, Const) and value.producer.value is None
