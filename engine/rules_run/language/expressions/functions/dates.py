"""Functions on dates: ISO texts, `2024-05-31` or `2024-05-31T08:00:00Z`; a date stays a date, a datetime a datetime."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from rules_run.errors import ValueFault

from ..values import bounded_text, shown
from .numbers import Number, as_count
from .signature import Function, function

_TIME = r"T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?"
TIME = re.compile(_TIME, re.ASCII)
_ISO = re.compile(rf"(\d{{4}}-\d\d-\d\d)({_TIME})?", re.ASCII)


def split_date(text: str) -> tuple[date, str]:
    """Return the day of a date or datetime, and its time part as it stands."""
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            return date.fromisoformat(text), ""
        parts = _ISO.fullmatch(text)
        if parts:
            return date.fromisoformat(parts[1]), parts[2] or ""
    except ValueError:
        pass
    raise ValueFault(f"{shown(text)} is not a date.", code="E011", hint="Dates are written 2024-05-31.")


def day_of(text: str) -> date:
    """Return the calendar day that a date or datetime names."""
    return split_date(text)[0]


def instant(text: str) -> datetime | date:
    """Return a datetime as a point in time, a date as a day."""
    day, time = split_date(text)
    if not time:
        return day
    try:
        moment = datetime.fromisoformat(day.isoformat() + time)
    except ValueError:
        raise ValueFault(f"{shown(text)} is not a date with a time.", code="E011") from None
    if moment.tzinfo is None:
        raise ValueFault(f"{shown(text)} has no time zone.", code="E011", hint="Write 2024-05-31T08:00:00Z.")
    return moment


def later_by_months(day: date, months: int, anchor: int = 0) -> date:
    """Return the day so many months later, at most the month's end; `anchor` is the day of the month meant."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    if not 1 <= year <= 9999:
        raise ValueFault("The date is outside the calendar.", code="E011")
    from calendar import monthrange  # takes long to import, and few files ask for it

    return date(year, month + 1, min(anchor or day.day, monthrange(year, month + 1)[1]))


def _add_days(value: str, days: Number) -> str:
    day, time = split_date(value)
    try:
        return (day + timedelta(days=as_count(days, "The days of add_days()"))).isoformat() + time
    except OverflowError:
        raise ValueFault("The date is outside the calendar.", code="E011") from None


def _add_months(value: str, months: Number) -> str:
    day, time = split_date(value)
    return later_by_months(day, as_count(months, "The months of add_months()")).isoformat() + time


def _days_between(start: str, end: str) -> int:
    return (day_of(end) - day_of(start)).days


def _before(value: str, other: str) -> bool:
    left, right = _comparable(value, other)
    return left < right


def _after(value: str, other: str) -> bool:
    return _before(other, value)


def _comparable(value: str, other: str) -> tuple[date, date]:
    """Return two datetimes as points in time, but as days when one of them is only a day."""
    if len(value) > 10 and len(other) > 10:
        return instant(value), instant(other)
    return day_of(value), day_of(other)


def _format_date(value: str, pattern: str, language: str = "en") -> str:
    from babel.core import Locale, UnknownLocaleError
    from babel.dates import format_date

    day = day_of(value)
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        hint = "Languages are named like en, fr or fr-CA."
        raise ValueFault(f"{shown(language)} is not a language.", code="E011", hint=hint) from None
    try:
        return str(bounded_text(format_date(day, bounded_text(pattern), locale=locale)))
    except (AttributeError, KeyError, ValueError):
        hint = "Patterns are made of the Unicode date fields, such as d MMMM yyyy."
        raise ValueFault(f"{shown(pattern)} is not a pattern for dates.", code="E011", hint=hint) from None


def _earliest(values: list[str]) -> str | None:
    best: str | None = None
    for value in values:
        if best is None or _before(value, best):
            best = value
    return best


def _latest(values: list[str]) -> str | None:
    best: str | None = None
    for value in values:
        if best is None or _before(best, value):
            best = value
    return best


DATES: tuple[Function, ...] = (
    function(
        "add_days(value: date, days: number)",
        "text",
        "The date so many days later; earlier when negative.",
        _add_days,
        (("2024-02-28", 2), "2024-03-01"),
        (("2024-05-31T08:00:00Z", -1), "2024-05-30T08:00:00Z"),
    ),
    function(
        "add_months(value: date, months: number)",
        "text",
        "The date so many months later, at most the month's end.",
        _add_months,
        (("2024-01-31", 1), "2024-02-29"),
    ),
    function(
        "days_between(start: date, end: date)",
        "number",
        "The days from one date to another, by calendar day.",
        _days_between,
        (("2019-05-13", "2019-06-04"), 22),
    ),
    function(
        "before(value: date, other: date)",
        "boolean",
        "Whether a date is earlier; two datetimes are compared as points in time, else calendar days are.",
        _before,
        (("2024-05-31", "2024-06-01"), True),
    ),
    function(
        "after(value: date, other: date)",
        "boolean",
        "Whether a date is later; compared as in `before`.",
        _after,
        (("2024-05-31", "2024-06-01"), False),
    ),
    function(
        "min_date(values: list[date])",
        "text|null",
        "The earliest date of a list; null for an empty list.",
        _earliest,
        ((["2024-06-01", "2024-05-31"],), "2024-05-31"),
    ),
    function(
        "max_date(values: list[date])",
        "text|null",
        "The latest date of a list; null for an empty list.",
        _latest,
        ((["2024-06-01", "2024-05-31"],), "2024-06-01"),
    ),
    function(
        "format_date(value: date, pattern: text, language?: text)",
        "text",
        "The date as people read it, by a pattern of the Unicode date fields, in English or the language named.",
        _format_date,
        (("2014-06-01", "MMMM yyyy"), "June 2014"),
        (("2014-06-01", "d MMMM yyyy", "fr-CA"), "1 juin 2014"),
        prose=True,
    ),
)
