"""The guide to sandboxes says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from rules_run.sandbox.faults import EFFECTS, read_faults

from .conftest import Api, Make

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "sandboxes.md").read_text()


def test_the_guide_has_a_row_for_every_effect() -> None:
    table = GUIDE.split("| effect |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(EFFECTS)


def test_the_faults_of_the_guide_can_be_ordered(make: Make) -> None:
    example = re.search(r"```yaml\n(faults:.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    faults = yaml.safe_load(example[1])["faults"]
    assert len(make(faults=faults).http.get("/_sandbox/faults").get_json()) == len(read_faults(faults))


def test_the_addresses_of_the_guide_are_there(api: Api) -> None:
    for path in set(
        re.findall(r"GET` ?`?(?:POST` )?`?(?:DELETE )?(/_sandbox/[\w/.<>]+)|`GET (/_sandbox/[\w/.<>]+)", GUIDE)
    ):
        address = "".join(path).replace("<Resource>", "Companies")
        assert api.http.get(address).status_code == 200, address


def test_the_guide_names_every_field_of_the_history(api: Api) -> None:
    api.get("Companies", 1)
    row = next(line for line in GUIDE.splitlines() if "/_sandbox/history" in line)
    assert set(re.findall(r"`(\w+)`", row)) == set(api.http.get("/_sandbox/history").get_json()[0])
