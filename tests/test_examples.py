"""Each example does, from a fresh copy, what its story tells a reader."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

SHOWS = {
    "acomba-invoices": (
        "invoice: CustomerInvoice to Acomba: exactly once. After a lost answer it is looked for",
        "files checked: no problem.",
        "+ create erp.Customer Atelier Boréal  (client 174)",
        "companyNumber  CLINIC -> CLINIQUE",
        "LigneFacture[1].strNoProduit        FG-40",
        "invoiceNumber  (empty) -> NoFacture of invoice 2001 (known after apply)",
        "Plan: 6 to create, 4 to adopt.",
        "Needs you: invoice 2004: Client inactif : MARCHE",
        "Queued: invoice 2005: La fiche est réservée par un autre usager : LEMAY",
        "BOREAL    1006.25  50.31  100.37  1156.93",
        "FG-40    300    Pare-feu FG-40",
        "200    Pages imprimées           1000.00   0.01235  12.35",
        "-2.00     25.00    -50.00",
        "34   BOREAL    Atelier Boréal    Prévost         True",
        "Clinique du Parc         CLINIQUE  31",
        "2004  Marché du Nord    T20250303.0001  114.98",
        "T20250303.0001  Marché du Nord  Invoice 2004 was not accepted by Acomba  Client inactif : MARCHE",
        "It fails again: no second ticket.",
        "Needs you: invoice 2004: Client inactif : MARCHE",
        "T20250303.0001  Invoice 2004 was not accepted by Acomba  1\n\n",
        "Needs you  autotask-acomba/invoice 2004  Client inactif : MARCHE",
        "9: Processed.\n10: Processed.",
        "Applied: 1 finished.",
        "LEMAY     91.98",
        "Plan: nothing to do",
        "Applied: nothing to do.",
    ),
    "intermedia-june-2019": (
        "files checked: no problem.",
        "+ create psa.Companies Intermedia  (vendor)",
        "= adopt psa.Services PLN004NR [51]  (service)",
        "+5 from 2019-05-13 at 7.99, cost 5.50",
        "skipped: table accounts leaves 0051960 out (only export=yes)",
        "Plan: 13 to create, 2 to adopt, 3 skipped. New charges: 150.00.",
        "Applied: 13 created, 2 adopted.",
        "Cloud services, TestCompany  TestCompany  2019-05-04  2029-06-04",
        "LYN002NR      5      2019-05-13  2019-06-03  28.35  19.52",
        "LYN002NR      5      2019-06-04  2019-07-03  39.95  27.50",
        "RM010C01MX0R  2      2019-05-13  2019-06-03  4.61   3.12",
        "Onboarding and mailbox migration  STP001NO  2019-05-13  1.00      150.00  150.00",
        "Processed  intermedia-autotask/contract 0048213 -> 1",
        "Plan: nothing to do",
        "Applied: nothing to do.",
    ),
}


def test_every_example_is_run_here() -> None:
    assert {story.parent.name for story in EXAMPLES.glob("*/story.yaml")} == set(SHOWS)


@pytest.mark.parametrize("name", sorted(SHOWS))
def test_an_example_shows_what_its_reader_looks_for(name: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    story = [sys.executable, str(tmp_path / "examples" / "run.py"), name]
    ran = subprocess.run(story, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    at = 0
    for line in SHOWS[name]:
        assert line in ran.stdout[at:], f"{line!r} is not said, or not in this order:\n{ran.stdout}"
        at = ran.stdout.index(line, at)
