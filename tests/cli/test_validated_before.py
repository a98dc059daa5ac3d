"""`validate` answers at once where nothing has changed, and anew where anything has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from .desk import EXAMPLE, INTEGRATION, ROOT, whole

WORKED_OUT = "rules_run.runtime.checking"
"""What checks files: loaded only where they are checked."""
SOURCE = f"""
import sys
from rules_run.cli import main
try:
    main()
finally:
    print({WORKED_OUT!r} in sys.modules, file=sys.stderr)
"""
CONNECTOR = "connector: mine\nkind: code\ntitle: Mine\nsettings: {}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said, how it ended, and whether it had to check anything for it."""

    code: int
    out: str
    checked: bool


class Place:
    """A workspace with rules, rule tests and tables of its own, and the cache of one user."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder / "workspace", folder / "cache"
        self.rules = self.folder / "rules" / INTEGRATION
        shutil.copytree(EXAMPLE, self.folder)
        shutil.copytree(ROOT / "rules" / INTEGRATION, self.rules, ignore=shutil.ignore_patterns("*.test.yaml"))
        shutil.copy(ROOT / "rules" / INTEGRATION / "switches.test.yaml", self.rules)

    def validate(self, *words: str) -> Answer:
        """Validate in a process of its own, standing outside the workspace."""
        asked = [sys.executable, "-c", SOURCE, "-C", str(self.folder), "validate", *words]
        environment = whole({"XDG_CACHE_HOME": str(self.cache)})
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run(asked, cwd=home, env=environment, capture_output=True, text=True, check=False)
        *said, checked = done.stderr.splitlines()
        assert said == []
        return Answer(code=done.returncode, out=done.stdout, checked=checked == "True")

    def until_known(self, *words: str) -> Answer:
        """Validate until the answer is kept: never before what was just written has been there for a moment."""
        for _ in range(10):
            answer = self.validate(*words)
            if not answer.checked:
                return answer
        raise AssertionError("the answer is never kept")

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_same_is_said_of_files_that_are_right(place: Place) -> None:
    first = place.validate()
    known = place.until_known()
    assert first.checked
    assert (known.code, known.out) == (first.code, first.out)
    assert "3 files checked: no problem" in known.out
    assert f"What {INTEGRATION} promises:" in known.out


def test_the_same_is_said_of_files_that_are_wrong_in_every_form(place: Place) -> None:
    place.edit(place.rules / f"{INTEGRATION}.rules.yaml", "companyType:", "companyTyp:")
    first = place.validate()
    known = place.until_known()
    assert (known.code, known.out) == (first.code, first.out)
    assert known.code == 1
    assert "companyType" in known.out
    in_json = place.validate("--output-format", "json")
    assert (in_json.checked, in_json.code) == (False, 1)
    assert '"line"' in in_json.out


def new_rule_test(place: Place) -> None:
    shutil.copy(ROOT / "rules" / INTEGRATION / "window.test.yaml", place.rules)


def new_tenant(place: Place) -> None:
    shutil.copy(place.folder / "tenants/testcompany.yaml", place.folder / "tenants/second.yaml")


def own_connector(place: Place) -> None:
    shutil.copytree(ROOT / "connectors" / "autotask", place.folder / "connectors" / "autotask")
    catalogue = place.folder / "connectors/autotask/catalogue/Companies.yaml"
    place.edit(catalogue, "\n  phone:", "\n  telephone:")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda place: place.edit(place.rules / f"{INTEGRATION}.rules.yaml", "phone: acct", "phone: act"), "act"),
        (lambda place: place.edit(place.rules / "tables/accounts.csv", "account,", "acount,"), "acount"),
        (lambda place: place.edit(place.folder / "tables/accounts.csv", "account,", "acount,"), "acount"),
        (lambda place: place.edit(place.rules / "switches.test.yaml", "cases:", "casses:"), "casses"),
        (lambda place: place.edit(place.folder / "tenants/testcompany.yaml", "mreyes", "[]"), "default_manager"),
        (lambda place: (place.folder / "tables/accounts.csv").unlink(), "accounts.csv"),
        (new_rule_test, "4 files checked"),
        (new_tenant, "4 files checked"),
        (own_connector, "has no field `phone`"),
    ],
    ids=[
        "rule file",
        "its table",
        "the tenant's table",
        "rule test",
        "tenant",
        "a table gone",
        "a new rule test",
        "a new tenant",
        "a connector of the workspace in the place of one that ships",
    ],
)
def test_whatever_changes_is_told(place: Place, change: Callable[[Place], None], said: str) -> None:
    before = place.until_known()
    change(place)
    after = place.validate()
    assert after.checked
    assert said in after.out
    assert after.out != before.out


def test_what_was_mended_is_right_again(place: Place) -> None:
    file = place.rules / f"{INTEGRATION}.rules.yaml"
    place.edit(file, "phone: acct", "phone: act")
    assert place.until_known().code == 1
    place.edit(file, "phone: act", "phone: acct")
    assert place.validate().code == 0


def test_another_question_is_not_answered_by_this_one(place: Place) -> None:
    place.until_known()
    one = place.validate(INTEGRATION)
    assert one.checked
    assert "2 files checked" in one.out


def test_a_comparison_with_a_commit_is_made_every_time(place: Place) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=place.folder, check=True)
    place.until_known()
    refused = subprocess.run(
        [sys.executable, "-m", "rules_run", "-C", str(place.folder), "validate", "--against", "HEAD"],
        env=whole({"XDG_CACHE_HOME": str(place.cache)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "git knows no commit" in refused.stderr


def test_where_the_workspace_brings_code_it_is_asked_every_time(place: Place) -> None:
    folder = place.folder / "connectors" / "mine"
    folder.mkdir(parents=True)
    (folder / "manifest.yaml").write_text(CONNECTOR, encoding="utf-8")
    (folder / "hooks.py").write_text(
        "from rules_run.model.catalogue import Catalogue\n"
        "def create_catalogue(settings, folder):\n    return Catalogue(loaders={})\n",
        encoding="utf-8",
    )
    tenant = place.folder / "tenants/testcompany.yaml"
    place.edit(tenant, "    type: intermedia\n", "    type: mine\n    allow_hooks: true\n")
    place.edit(place.rules / f"{INTEGRATION}.rules.yaml", "cloud: intermedia", "cloud: mine")
    assert [place.validate().checked for _ in range(3)] == [True, True, True]
