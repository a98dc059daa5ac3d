"""YAML that ships with a connector, into plain values: several times sooner than the library's constructors.

Scalars mean the same as in a rule file. Places are not kept: who has something to say about a file composes it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent, StreamEndEvent

from .yaml_scalars import plain_value

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain_yaml(content: str | bytes) -> Any:
    """Return what a file of one document holds; raises yaml.YAMLError, for anchors and tags as well."""
    loader = _LOADER(content)
    try:
        following: Callable[[], Any] = loader.get_event
        following()
        start = following()
        if isinstance(start, StreamEndEvent):
            return None
        value = _value(following(), following)
        following()
        after = following()
        if not isinstance(after, StreamEndEvent):
            raise _refused("expected a single document", after)
        return value
    finally:
        loader.dispose()


def _value(event: Any, following: Callable[[], Any]) -> Any:
    kind = event.__class__
    if kind is AliasEvent or event.anchor is not None or event.tag is not None:
        raise _refused("anchors, aliases and tags are not allowed", event)
    if kind is ScalarEvent:
        return plain_value(event.value) if event.implicit[0] else event.value
    if kind is SequenceStartEvent:
        items = []
        while (event := following()).__class__ is not SequenceEndEvent:
            items.append(_value(event, following))
        return items
    named: dict[str, Any] = {}
    while (event := following()).__class__ is not MappingEndEvent:
        name = _value(event, following)
        if not isinstance(name, str):
            raise _refused(f"a name is expected, not {name!r}", event)
        named[name] = _value(following(), following)
    return named


def _refused(message: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)
