"""Two rules of opposite direction share what they know: neither makes what the other has linked."""

from __future__ import annotations

from rules_run.model.plan import Action

from .memory import Office, actions

BOTH = """
rules:
  card:
    link: company
    from: {read: crm.Companies, as: company}
    key: company.id
    to:
      write: erp.Cards
      match: {code: company.code}
      set: {name: company.name}
  company:
    link: company
    from: {read: erp.Cards, as: card}
    key: card.id
    to:
      write: crm.Companies
      match: {code: card.code}
      set: {vip: card.blocked}
      set_once: {name: card.name}
"""


def test_what_one_direction_made_the_other_one_finds_though_nothing_else_matches(office: Office) -> None:
    assert office.rules(BOTH) == ()
    office.crm.give("Companies", id=1, name="Aurora", code="A")
    office.erp.give("Cards", id=1, name="Borealis", code="B", blocked=True)
    assert office.apply().exit_code == 0
    cards = {card["name"]: card for card in office.erp.rows("Cards")}
    assert [company["name"] for company in office.crm.rows("Companies")] == ["Aurora", "Borealis"]
    made = cards["Aurora"]
    assert made["code"] == "A"

    office.erp.give("Cards", id=made["id"], code="renumbered", blocked=True)
    office.writes()
    planned = actions(office.plan(), "company")
    assert planned[str(made["id"])] is Action.UPDATE
    office.apply()
    assert office.writes() == [("update", "crm.Companies")]
    assert office.crm.rows("Companies")[0]["vip"] is True
    assert (len(office.crm.rows("Companies")), len(office.erp.rows("Cards"))) == (2, 2)
    office.apply()
    assert office.writes() == []


def test_equal_numbers_on_both_sides_are_not_confused(office: Office) -> None:
    office.rules(BOTH)
    office.crm.give("Companies", id=5, name="Aurora", code="A")
    office.erp.give("Cards", id=5, name="Borealis", code="B")
    office.apply()
    names = {company["id"]: company["name"] for company in office.crm.rows("Companies")}
    assert names == {5: "Aurora", 1001: "Borealis"}
    links = office.ledger.links
    assert links.targets("company", ["5", "1001"]) | {} == links.targets("company", ["5", "1001"])
    assert len(office.erp.rows("Cards")) == 2


def test_the_order_of_the_rules_in_the_file_does_not_matter(office: Office) -> None:
    office.rules(BOTH)
    office.crm.give("Companies", id=1, name="Aurora", code="A")
    office.apply()
    first, _, second = BOTH.partition("  company:\n")
    office.rules(first.replace("  card:\n", "  company:\n" + second + "  card:\n"))
    card = office.erp.rows("Cards")[0]
    office.erp.give("Cards", id=card["id"], code="X")
    office.crm.give("Companies", id=1, code="Y")
    office.writes()
    office.apply()
    assert [verb for verb, _ in office.writes()] == []


def test_a_rule_that_makes_once_leaves_what_the_other_direction_linked(office: Office) -> None:
    office.rules(BOTH.replace("      match: {code: card.code}\n", "      mode: create\n"))
    office.crm.give("Companies", id=1, name="Aurora", code="A")
    office.apply()
    office.writes()
    assert set(actions(office.plan(), "company").values()) == {Action.ADOPT}
    office.apply()
    assert (office.writes(), len(office.crm.rows("Companies"))) == ([], 1)


def test_a_field_that_follows_the_other_side_is_not_followed_back(office: Office) -> None:
    (problem,) = office.rules(
        BOTH.replace("{vip: card.blocked}", "{name: upper(card.name)}").replace(
            "      set_once: {name: card.name}\n", ""
        )
    )
    assert (problem.code, problem.message) == ("R058", "`name` follows `name`, and in `card` the other way round.")


def test_a_setting_may_decide_who_follows(office: Office) -> None:
    head = "settings: {owner: {type: text, enum: [crm, erp], default: crm}}\n"
    text = BOTH.replace("{name: company.name}", "{name: {when: \"settings.owner == 'crm'\", select: company.name}}")
    text = text.replace("{vip: card.blocked}", "{name: {when: \"settings.owner == 'erp'\", select: card.name}}")
    assert office.rules(head + text.replace("      set_once: {name: card.name}\n", "")) == ()


def test_rules_that_share_a_link_are_known_by_the_ids_of_their_records(office: Office) -> None:
    (problem,) = office.rules(BOTH.replace("key: card.id", "key: card.code"))
    assert problem.message == "The key of `company` is not the id of erp.Cards, by which the link `company` knows it."
