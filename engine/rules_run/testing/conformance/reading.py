"""Whether a read gives every record once, whatever happens to the list meanwhile."""

from __future__ import annotations

from collections import Counter

from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Query
from rules_run.testing.conformance.answers import DOES_NOT_APPLY, Answer
from rules_run.testing.conformance.examples import Example
from rules_run.testing.conformance.stand import Stand, Stands

MANY = 1_100
"""More than a page of any system holds."""


def paging(stands: Stands, resource: str, example: Example | None = None) -> Answer:
    """Does a read give every record once, while others come and go?"""
    with stands.fresh() as stand:
        if not (standing := _fill(stand, resource, example)):
            return Answer(says=DOES_NOT_APPLY, seen="there is no stand-in with such records")
        stand.order("meanwhile", resource, "read", nth=2, take={resource: [standing[0]]}, give={resource: []})
        times = Counter(_ids(stand, resource))
    kept = [str(each) for each in standing[1:]]
    if missing := sum(times[each] == 0 for each in kept):
        wrong = f"{missing} of {len(kept)} records were passed over while one went: page by the last id."
        return Answer(says="no", seen="", wrong=wrong)
    if twice := sum(count > 1 for count in times.values()):
        return Answer(says="no", seen="", wrong=f"{twice} of {len(kept)} records came twice.")
    return _repeated(stands, resource, example)


def _repeated(stands: Stands, resource: str, example: Example | None) -> Answer:
    with stands.fresh() as stand:
        _fill(stand, resource, example)
        stand.order("repeat", resource, "read", nth=2)
        try:
            times = Counter(_ids(stand, resource))
        except ConnectorUnusable as fault:
            return Answer(says="yes", seen=f"{MANY} records came once; a page that came twice ended the run: {fault}")
    if any(count > 1 for count in times.values()) or len(times) < MANY:
        return Answer(says="no", seen="", wrong="A page that a system gives twice doubles or drops records.")
    return Answer(says="yes", seen=f"{MANY} records came once, also where a page came twice")


def _fill(stand: Stand, resource: str, example: Example | None) -> list[int | str]:
    """Add copies of a record that is there, or is made, and return all ids."""
    if stand.app is None:
        return []
    store = stand.app.store
    if example is not None and not store.rows(resource):
        stand.create(example)
    if not (rows := store.rows(resource)):
        return []
    for _ in range(MANY - len(rows)):
        store.insert(resource, dict(rows[0]))
    shape = store.catalogue.resource(resource)
    return [row[shape.id_field if shape else "id"] for row in store.rows(resource)]  # type: ignore[misc]


def _ids(stand: Stand, resource: str) -> list[str]:
    shape = stand.connector.catalogue.resource(resource)
    name = shape.id_field if shape else "id"
    return [str(each.get(name)) for page in stand.connector.read(Query(resource=resource)) for each in page]
