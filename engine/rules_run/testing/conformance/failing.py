"""The questions about a system that fails: what the connector makes of an answer that is lost, broken or refused."""

from __future__ import annotations

from rules_run.model.exchange import Outcome, Verdict
from rules_run.testing.conformance.answers import DOES_NOT_APPLY, Answer, told
from rules_run.testing.conformance.examples import Example
from rules_run.testing.conformance.stand import Stands

LOST: tuple[str, ...] = (
    "reset_before_commit",
    "reset_after_commit",
    "timeout_before_commit",
    "timeout_after_commit",
)
UNREADABLE: tuple[str, ...] = ("cut_body", "empty_body", "html_body")
GATEWAY = (500, 502, 503, 504)
MOVED = (301, 302, 303, 307, 308)


def lost(stands: Stands, example: Example) -> Answer:
    """Is a lost answer unknown, whether it was done or not, and not sent again?"""
    seen = [_meets(stands, example, effect, {}) for effect in LOST]
    return _all_unknown(seen, "lost answers, before and after it was done")


def server_error(stands: Stands, example: Example) -> Answer:
    """Is an error of the server unknown where it was done all the same?"""
    seen = [_meets(stands, example, "answer_after_commit", {"status": status}) for status in GATEWAY]
    return _all_unknown(seen, f"{', '.join(map(str, GATEWAY))} after it was done")


def unreadable(stands: Stands, example: Example) -> Answer:
    """Is a success that cannot be read unknown?"""
    seen = [_meets(stands, example, effect, {}) for effect in UNREADABLE]
    return _all_unknown(seen, "a body that is cut off, empty, or a page")


def moved(stands: Stands, example: Example) -> Answer:
    """Is an answer that sends elsewhere unknown, and not followed?"""
    seen = [_meets(stands, example, "answer", {"status": status}) for status in MOVED]
    return _all_unknown(seen, f"{', '.join(map(str, MOVED))}")


def throttled(stands: Stands, example: Example) -> Answer:
    """Does the limiter stand in front of the work, so that 429 says that nothing was done?"""
    verdict = _meets(stands, example, "answer", {"status": 429, "retry_after": 7})
    if verdict is None:
        return _NO_STAND_IN
    if verdict.outcome is Outcome.UNKNOWN:
        return Answer(says="unknown", seen="429 may have been done: it is looked for")
    if verdict.permanent:
        return Answer(says="refused", seen=told(verdict), wrong="429 is no refusal of the record: it passes.")
    if verdict.wait != 7:
        return Answer(says="in front", seen=told(verdict), wrong="Retry-After of a 429 is not heeded.")
    return Answer(says="in front", seen="429 was not done: sent again later, not before Retry-After")


def refusal(stands: Stands, example: Example) -> Answer:
    """Is what the system refuses told in its words, and is the same status from elsewhere unknown?"""
    page = _meets(stands, example, "answer", {"status": 400, "body": "<html>Bad gateway</html>"})
    if page is None:
        return _NO_STAND_IN
    if page.outcome is not Outcome.UNKNOWN:
        return Answer(says="?", seen=told(page), wrong="A 400 that is not of the system's own shape is no refusal.")
    if not example.refused:
        return Answer(says=DOES_NOT_APPLY, seen="conformance.yaml names no values that the system refuses")
    with stands.fresh() as stand:
        before = stand.made(example.resource)
        verdict = stand.create(example, example.refused)
        if verdict.outcome is not Outcome.REJECTED or stand.made(example.resource) != before:
            return Answer(says="?", seen=told(verdict), wrong="A refusal in the system's own words is not understood.")
        return Answer(says="told", seen=told(verdict))


_NO_STAND_IN = Answer(says=DOES_NOT_APPLY, seen="there is no stand-in that could fail")


def _meets(stands: Stands, example: Example, effect: str, words: dict[str, object]) -> Verdict | None:
    """Return what a creation comes to that meets a fault, None where nothing can fail; it is sent once."""
    with stands.fresh() as stand:
        if stand.app is None:
            return None
        stand.order(effect, example.resource, "create", **words)  # type: ignore[arg-type]
        verdict = stand.create(example)
        if stand.requests(example.resource, "create") != 1:
            return Verdict(outcome=Outcome.REJECTED, message="it was sent again at once")
        return verdict


def _all_unknown(seen: list[Verdict | None], what: str) -> Answer:
    if None in seen:
        return _NO_STAND_IN
    others = [each for each in seen if each is not None and each.outcome is not Outcome.UNKNOWN]
    if others:
        wrong = f"After {what} nobody knows whether it was done, and the connector says {others[0].outcome}."
        return Answer(says="?", seen=told(others[0]), wrong=wrong)
    return Answer(says="unknown", seen=f"{what}: unknown, one request left")
