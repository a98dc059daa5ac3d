"""A graph as Mermaid, which code hosts draw, and as DOT, which graphviz draws."""

from __future__ import annotations

from collections.abc import Iterator

from rules_run.cli.graphs import Edge, Graph

MERMAID = {"reads": "-->", "looks up": "-.->", "ref": "-.->", "writes": "==>", "then": "==>"}
DOT = {"reads": "solid", "looks up": "dashed", "ref": "dotted", "writes": "bold", "then": "bold"}
WIDTH = 44


def mermaid(graph: Graph) -> Iterator[str]:
    """Yield a Mermaid flowchart line by line."""
    yield "---"
    yield f"title: {graph.name}"
    yield "---"
    yield "flowchart LR"
    for alias, system in graph.systems.items():
        yield f'  subgraph {_id(alias)}["{_entities(f"{alias}: {system}")}"]'
        for resource in graph.resources(alias):
            label = "<br/>".join(map(_entities, _resource(graph, resource)))
            yield f'    {_id(resource)}["{label}"]'
        yield "  end"
    for rule in graph.rules:
        yield f'  {_id(rule)}(["{_entities(rule)}"])'
    for edge in dict.fromkeys(graph.edges):
        yield f"  {_id(edge.start)} {MERMAID[edge.kind]}|{_entities(_label(edge))}| {_id(edge.end)}"


def dot(graph: Graph) -> Iterator[str]:
    """Yield a DOT graph line by line."""
    yield f"digraph {_quoted(graph.name)} {{"
    yield '  rankdir=LR; node [shape=box, fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];'
    for alias, system in graph.systems.items():
        yield f"  subgraph {_quoted(f'cluster_{alias}')} {{"
        yield f"    label={_quoted(f'{alias}: {system}')};"
        for resource in graph.resources(alias):
            label = "".join(f"{_escaped(line)}\\l" for line in _resource(graph, resource))
            yield f'    {_quoted(resource)} [label="{label}"];'
        yield "  }"
    for rule, description in graph.rules.items():
        yield f"  {_quoted(rule)} [shape=oval, tooltip={_quoted(description or rule)}];"
    for edge in dict.fromkeys(graph.edges):
        ends = f"{_quoted(edge.start)} -> {_quoted(edge.end)}"
        yield f"  {ends} [label={_quoted(_label(edge))}, style={DOT[edge.kind]}];"
    yield "}"


def _label(edge: Edge) -> str:
    return f"{edge.kind} {edge.label}".strip() if edge.kind in {"looks up", "ref"} else edge.label or edge.kind


def _resource(graph: Graph, resource: str) -> Iterator[str]:
    yield resource.partition(".")[2]
    for word, known in (("reads", graph.reads), ("writes", graph.writes)):
        if known.get(resource):
            yield from _wrapped(f"{word}: {', '.join(known[resource])}")


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= WIDTH:
            yield line
            line = " "
        line = f"{line} {word}".strip() if line.strip() else word
    yield line


def _id(name: str) -> str:
    """Return a name that Mermaid takes for one: letters and digits, a resource apart from a rule."""
    kind = "x" if "." in name else "n"
    return kind + "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in name)


def _entities(text: str) -> str:
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("|", "#124;")):
        text = text.replace(sign, code)
    return text


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
