"""The questions about a write, each answered by doing it: what the system does, and whether the connector knows it."""

from __future__ import annotations

from decimal import Decimal

from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.mapping.difference import changes
from rules_run.model.exchange import Outcome, Safety, Write
from rules_run.testing.conformance.answers import DOES_NOT_APPLY, REFUSED, Answer, told
from rules_run.testing.conformance.examples import Example
from rules_run.testing.conformance.stand import Stand, Stands, applied

PROBED = frozenset({Safety.UNIQUE, Safety.PROBE})
STRANGE_IDS = ("", " ", "..", "../1", "1/2", "%2e%2e", "1?a=b", "1#a", "1\n")


def claimed(stand: Stand, example: Example) -> Safety:
    """Return the class that the connector gives to the creation of an example, marked where it can be searched."""
    resource = stand.connector.catalogue.resource(example.resource)
    marker = resource.fields.get(example.marker) if resource and example.marker else None
    marked = marker is not None and marker.filterable
    return stand.connector.safety(example.resource, "create", marked=marked)


def resend(stands: Stands, example: Example) -> Answer:
    """Does the same request, sent again, make a second one?"""
    with stands.fresh() as stand:
        before = stand.made(example.resource)
        try:
            first = stand.create(example)
        except ValueFault as fault:
            return Answer(says=REFUSED, seen=str(fault), wrong=f"The example in conformance.yaml is refused: {fault}")
        if not applied(first):
            wrong = f"The example in conformance.yaml is refused: {told(first)}"
            return Answer(says=REFUSED, seen=told(first), wrong=wrong)
        again = stand.create(example)
        made = stand.made(example.resource) - before
        if made > 1:
            wrong = _only(stand, example, {Safety.KEY, Safety.UNIQUE}, "it made a second one")
            return Answer(says="a second one", seen="sent twice, it was made twice", wrong=wrong)
        if again.outcome is Outcome.REJECTED and not again.ask_first:
            wrong = "The refusal of a number that is taken has to be looked at first: name its status under `errors`."
            return Answer(says="refused", seen=told(again), wrong=wrong)
        return Answer(says="refused" if not applied(again) else "the same one", seen=told(again))


def unique(stands: Stands, example: Example) -> Answer:
    """Does the system refuse another one with the same marker?"""
    if example.marker is None or not example.another:
        return Answer(says=DOES_NOT_APPLY, seen="the example names no marker, or nothing in which another one differs")
    with stands.fresh() as stand:
        before = stand.made(example.resource)
        stand.create(example)
        other = stand.create(example, example.another)
        if stand.made(example.resource) - before > 1:
            wrong = _only(stand, example, {Safety.UNIQUE}, f"two records have one `{example.marker}`")
            return Answer(says="no", seen="another one with the same marker was made", wrong=wrong)
        return Answer(says="yes", seen=told(other))


def found(stands: Stands, example: Example) -> Answer:
    """Is what was made found by its marker, and it only?"""
    with stands.fresh() as stand:
        if example.marker is None:
            return _searched_by_nothing(stand, example)
        value = example.create[example.marker]
        made = stand.create(example)
        stand.create(example, {**example.another, example.marker: f"{value}0"[1:]})
        try:
            ids = [_id(stand, example, each) for each in stand.find(example.resource, **{example.marker: value})]
            none = stand.find(example.resource, **{example.marker: f"{str(value)[:-1]}%"})
        except (ConnectorUnusable, ValueFault) as fault:
            wrong = _only(stand, example, PROBED, "the search was refused")
            return Answer(says="no", seen=str(fault), wrong=wrong)
        if ids == [made.target_id] and not none:
            return Answer(says="yes", seen="the search found it, and it only")
        wrong = _only(stand, example, PROBED, f"a search for one gave {len(ids)}")
        return Answer(
            says="no", seen=f"a search for one gave {len(ids)}, for a part of its marker {len(none)}", wrong=wrong
        )


def length(stands: Stands, example: Example) -> Answer:
    """How long may a marker be?"""
    resource = stands.catalogue.resource(example.resource)
    field = resource.fields.get(example.marker) if resource and example.marker else None
    if field is None or field.length is None or field.type != "text":
        return Answer(says=DOES_NOT_APPLY, seen="no length is stated")
    whole = (str(example.create[field.name]) * field.length)[: field.length]
    with stands.fresh() as stand:
        made = stand.create(example, {field.name: whole})
        kept = stand.find(example.resource, **{field.name: whole}) if applied(made) else []
        if len(kept) != 1:
            wrong = f"A `{field.name}` of {field.length} characters does not come back whole: state a smaller `length`."
            return Answer(says="less", seen=told(made), wrong=wrong)
        try:
            longer = stand.create(example, {**example.another, field.name: whole + "0"})
        except ValueFault as fault:
            return Answer(says=str(field.length), seen=str(fault))
        if applied(longer):
            wrong = f"A `{field.name}` that is too long is sent all the same."
            return Answer(says=str(field.length), seen="a longer one was sent", wrong=wrong)
        return Answer(says=str(field.length), seen=told(longer))


def restricted(stands: Stands, example: Example) -> Answer:
    """Does a log-in that sees nothing pass for one that sees all?"""
    if not stands.examples.restricted:
        return Answer(says=DOES_NOT_APPLY, seen="conformance.yaml says no words under which a log-in sees nothing")
    with stands.fresh(stands.examples.restricted) as stand:
        if stand.connector.sees_all(example.resource):
            wrong = "A log-in that sees none is said to see all: an absence would be certified that is none."
            return Answer(says="yes", seen="such a log-in is said to see all", wrong=wrong)
    with stands.fresh() as stand:
        knows = stand.connector.sees_all(example.resource)
    return Answer(says="told" if knows else "not told", seen=_SEEING[knows])


_SEEING = {
    True: "the system tells whether a log-in sees all: that certifies an absence",
    False: "the system does not tell: an absence is certified by a record that is certainly there",
}


def round_trip(stands: Stands, example: Example) -> Answer:
    """Does what was sent come back as the same, so that a second run finds nothing to do?"""
    with stands.fresh() as stand:
        made = stand.create(example)
        kept = next((each for each in stand.find(example.resource) if _id(stand, example, each) == made.target_id), {})
        resource = stands.catalogue.resource(example.resource)
        shown = {
            name: value
            for name, value in stand.connector.canonical(example.resource, dict(example.create)).items()
            if resource is None or name not in resource.fields or not resource.fields[name].write_only
        }
        if differing := [each.field for each in changes(shown, kept)]:
            wrong = f"{', '.join(differing)} come back otherwise than they were sent: every run would send them again."
            return Answer(says="no", seen=", ".join(differing), wrong=wrong)
    return Answer(says="yes", seen=f"{len(shown)} fields came back as they were sent")


def updated(stands: Stands, example: Example) -> Answer:
    """Does an update set what it names, and nothing else, however often it is sent?"""
    resource = stands.catalogue.resource(example.resource)
    if resource is None or "update" not in resource.operations or not example.update:
        return Answer(says=DOES_NOT_APPLY, seen="no update, or none in conformance.yaml")
    with stands.fresh() as stand:
        write = Write(resource=resource.name, verb="update", values=example.update)
        made = stand.create(example).target_id
        before = _record(stand, example, made)
        sent = Write(resource=write.resource, verb="update", values=write.values, target_id=made)
        if not (applied(stand.send(sent)) and applied(stand.send(sent))):
            return Answer(says="?", seen="refused", wrong="The update in conformance.yaml is not accepted.")
        after = _record(stand, example, made)
        asked = stand.connector.canonical(resource.name, dict(example.update))
        if changes(asked, after):
            return Answer(says="no", seen="", wrong="An update does not set what it names.")
        if blanked := sorted(name for name in before if after.get(name) in (None, "") and name not in _heads(asked)):
            return Answer(says="no", seen="", wrong=f"An update blanks {', '.join(blanked)}: say `whole: true`.")
    return Answer(says="yes", seen="sent twice, it set what it names and blanked nothing")


def ids(stands: Stands, example: Example) -> Answer:
    """Is a text that is no id kept out of addresses?"""
    resource = stands.catalogue.resource(example.resource)
    if resource is None or "update" not in resource.operations or not example.update:
        return Answer(says=DOES_NOT_APPLY, seen="no update, or none in conformance.yaml")
    with stands.fresh() as stand:
        for strange in STRANGE_IDS if stand.app is not None else ():
            write = Write(resource=resource.name, verb="update", values=example.update, target_id=strange)
            try:
                stand.connector.prepare(write)
            except (ValueFault, ConnectorUnusable):
                continue
            wrong = f"{strange!r} is put into an address: state a narrower `id_pattern`."
            return Answer(says="no", seen=repr(strange), wrong=wrong)
        if stand.app is None:
            return Answer(says=DOES_NOT_APPLY, seen="no id stands in an address")
    return Answer(says="yes", seen=f"{len(STRANGE_IDS)} strange ids were refused")


def _searched_by_nothing(stand: Stand, example: Example) -> Answer:
    seen = "there is no field to search it by"
    return Answer(says="no", seen=seen, wrong=_only(stand, example, PROBED, seen))


def _only(stand: Stand, example: Example, classes: set[Safety] | frozenset[Safety], because: str) -> str:
    """Return the contradiction, where the connector claims one of these classes."""
    safety = claimed(stand, example)
    if safety not in classes:
        return ""
    return f"Class {safety} is claimed, but {because}: give {example.resource} another class under `safety`."


def _record(stand: Stand, example: Example, target_id: str | None) -> dict[str, object]:
    return next(each for each in stand.find(example.resource) if _id(stand, example, each) == target_id)


def _id(stand: Stand, example: Example, record: dict[str, object]) -> str:
    resource = stand.connector.catalogue.resource(example.resource)
    value = record.get(resource.id_field if resource else "id")
    return str(int(value)) if isinstance(value, Decimal) else str(value)


def _heads(values: dict[str, object]) -> set[str]:
    return {name.split(".")[0] for name in values}
