"""What an answer to a write means: applied, rejected, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping

from rules_run.connect.manifest import ErrorRule, Rest, Web
from rules_run.connect.patience import retry_after
from rules_run.connect.payload import PayloadError, parse_json
from rules_run.connect.transport import Answer
from rules_run.model.exchange import Outcome, Verb, Verdict

_REFUSALS = frozenset({400, 404, 405, 413, 415, 422})
_LONGEST_MESSAGE = 2000
WHOLE = "."

# After the manifest's own rules. Whatever fits none is unknown: never a failure that could be tried again.
_HTTP_RULES = (
    ErrorRule(status=frozenset({401, 403}), outcome=Outcome.REJECTED, pause=True, code="login"),
    ErrorRule(status=frozenset({409, 412}), outcome=Outcome.REJECTED, ask_first=True, code="duplicate"),
    ErrorRule(status=_REFUSALS, shaped=True, outcome=Outcome.REJECTED, code="refused"),
)


def judge(answer: Answer, rest: Rest, verb: Verb) -> Verdict:
    """Classify the answer to a write."""
    body = _body(answer)
    if 200 <= answer.status < 300:
        return _accepted(answer, body, rest, verb)
    return refusal(answer, rest)


def refusal(answer: Answer, web: Web) -> Verdict:
    """Classify an answer that is not a success."""
    texts = error_texts(_body(answer), web.error_texts)
    message = _joined(texts) or f"The answer was {answer.status} without a reason."
    for rule in (*web.errors, *_HTTP_RULES):
        if rule.fits(answer.status, texts):
            return Verdict(
                outcome=rule.outcome,
                message=message,
                code=rule.code,
                status=answer.status,
                permanent=rule.permanent,
                ask_first=rule.ask_first,
                pause=rule.pause,
                wait=retry_after(answer),
            )
    return Verdict(
        outcome=Outcome.UNKNOWN, message=message, code="unclear", status=answer.status, wait=retry_after(answer)
    )


def error_texts(body: object, path: str) -> list[str] | None:
    """Return the texts of a refusal in the system's own shape, None for any other body."""
    found = at_path(body, path) if path else None
    if isinstance(found, str):
        return [found]
    if not isinstance(found, list) or not found:
        return None
    return [str(item.get("message", item)) if isinstance(item, Mapping) else str(item) for item in found]


def at_path(body: object, path: str) -> object:
    """Return what stands at a dotted path of a JSON document, None where it breaks off; `.` is the whole."""
    if path == WHOLE:
        return body
    for name in path.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _accepted(answer: Answer, body: object, rest: Rest, verb: Verb) -> Verdict:
    if texts := error_texts(body, rest.error_texts):
        return Verdict(outcome=Outcome.REJECTED, message=_joined(texts), code="refused", status=answer.status)
    if answer.status == 204 and verb == "update":
        return Verdict(outcome=Outcome.APPLIED, status=answer.status)
    write = rest.write
    found = at_path(body, write.id) if write else None
    if isinstance(found, bool) or not isinstance(found, (int, str)) or found == "":
        message = f"The answer was {answer.status} but names no {write.id if write else 'id'}."
        return Verdict(outcome=Outcome.UNKNOWN, message=message, code="unclear", status=answer.status)
    record = at_path(body, write.record) if write and write.record else None
    return Verdict(
        outcome=Outcome.APPLIED,
        status=answer.status,
        target_id=str(found),
        record=dict(record) if isinstance(record, Mapping) else None,
    )


def _body(answer: Answer) -> object:
    try:
        return parse_json(answer.body)
    except PayloadError:
        return None


def _joined(texts: list[str] | None) -> str:
    return "; ".join(" ".join(text.split()) for text in texts or ())[:_LONGEST_MESSAGE]
