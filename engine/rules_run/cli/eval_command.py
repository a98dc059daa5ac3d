"""`rules-run eval`."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import click

from rules_run.cli.exact import exact_json
from rules_run.cli.options import Output, output_options
from rules_run.errors import ExpressionError, InvalidFiles, ValueFault
from rules_run.model.problem import Problem


@click.command("eval")
@click.argument("expression", required=False)
@click.option("--record", metavar="FILE", help="JSON that is searched; - stands for the standard input.")
@click.option("--file", "cases", metavar="CASES.json", help='A list of {"record", "expression"}; prints all results.')
@click.option("--strict", is_flag=True, help="As in a rule file: the fields of the record are the names in scope.")
@output_options("text", "json")
def command(
    expression: str | None,
    record: str | None,
    cases: str | None,
    strict: bool,
    output_format: str,
    output_file: str | None,
) -> int:
    """Print what EXPRESSION finds in a record: by the letter of JMESPath, or as a template where it holds {{.

    Numbers keep every digit. A column counts from 1 inside the expression.
    """
    if (expression is None) == (cases is None):
        raise click.UsageError("Give an EXPRESSION with --record, or --file with a list of cases.")
    with Output(output_file) as out:
        if cases is not None:
            found = [_answer(_case(case), strict=strict) for case in _list(cases)]
            out.line(exact_json(found))
            return 0
        answer = _answer((expression or "", _read(record) if record else None), strict=strict)
        if output_format == "json":
            out.line(exact_json(answer))
        elif "error" in answer:
            click.echo(_said(answer["error"]), err=True)
        else:
            result = answer["result"]
            out.line(result if isinstance(result, str) and _is_template(expression or "") else exact_json(result))
    return 1 if "error" in answer else 0


def _answer(case: tuple[str, object], *, strict: bool) -> dict[str, object]:
    text, record = case
    try:
        return {"result": _evaluated(text, record, strict=strict)}
    except ExpressionError as error:
        return {"error": _error(error.code, error.message, error.column + 1, error.hint)}
    except ValueFault as fault:
        return {"error": _error(fault.code, fault.message, None, fault.hint)}


def _evaluated(text: str, record: object, *, strict: bool) -> object:
    from rules_run.language.expressions import evaluate, is_template, parse_select, parse_template, search

    scope = record if isinstance(record, dict) else {}
    if is_template(text):
        return evaluate(parse_template(text), scope)
    return evaluate(parse_select(text), scope) if strict else search(text, record)


def _is_template(text: str) -> bool:
    from rules_run.language.expressions import is_template

    return is_template(text)


def _error(code: str, message: str, column: int | None, hint: str) -> dict[str, object]:
    return {"code": code, "message": message, "column": column, **({"hint": hint} if hint else {})}


def _said(error: object) -> str:
    assert isinstance(error, dict)
    place = f"{error['column']}: " if error["column"] else ""
    hint = f"\n    {error['hint']}" if "hint" in error else ""
    return f"{place}{error['code']} {error['message']}{hint}"


def _case(case: object) -> tuple[str, object]:
    if not isinstance(case, dict) or not isinstance(case.get("expression"), str):
        raise _unfit("Each case is an object with an `expression` (a text) and a `record`.")
    return case["expression"], case.get("record")


def _list(file: str) -> list[object]:
    found = _read(file)
    if not isinstance(found, list):
        raise _unfit(f"{file} does not hold a list of cases.")
    return found


def _read(file: str) -> object:
    import json

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        found: object = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except OSError as error:
        raise _unfit(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise _unfit(f"{file} is not JSON: {error}.") from None
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number of JSON")


def _unfit(message: str) -> InvalidFiles:
    return InvalidFiles([Problem(code="W050", message=message)])
