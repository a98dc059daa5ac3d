"""Codes of rule tests and tenant files."""

from __future__ import annotations

from .files import Table

TESTS: Table = {
    "R080": ("One expectation", "Each expectation is one write or one outcome.", "{create: psa.Contacts, has: {...}}"),
    "R081": ("Not a date", "`now` is a date, or a date and time with zone.", "now: 2026-01-31"),
    "R082": ("Unknown integration", "`rules` names the integration of the folder.", ""),
    "R083": ("Unknown rule", "The integration has no such rule.", ""),
    "R084": ("Unknown precondition", "`stop` names a precondition, or `limits`.", ""),
    "R085": ("Case name twice", "Cases of a file have different names.", ""),
}

TENANTS: Table = {
    "R090": ("Unknown time zone", "Time zones are names of the IANA list.", "time_zone: America/Montreal"),
    "R091": ("Unknown connector type", "No connector of this type is installed or in the workspace.", ""),
    "R092": ("Secret in plain text", "Secrets are kept outside of files.", "secret: {env: NORDLYS_SECRET}"),
    "R093": ("Unclear reference", "A secret is kept in one place.", "{env: NAME} or {file: PATH}"),
    "R094": ("Unknown integration", "There is no rule file of this name.", ""),
    "R095": ("Unknown setting", "The integration has no such setting.", ""),
    "R096": ("Setting does not fit", "The value is not of the setting's type, or not allowed.", ""),
    "R097": ("Missing setting", "The setting has no default: every tenant gives a value.", ""),
    "R098": ("Unknown table", "The integration has no such table.", ""),
    "R099": ("Missing connector", "The integration uses an alias that the tenant does not give an account for.", ""),
    "R100": ("Other connector type", "The alias stands for another system than the integration was written for.", ""),
    "R101": ("Address of the ledger", "Only PostgreSQL databases can be named.", "ledger: {env: NORDLYS_LEDGER}"),
}
