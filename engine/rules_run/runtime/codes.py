"""Codes of workspaces: what is asked for, and what is there."""

from __future__ import annotations

from rules_run.language.codes import Table

WORKSPACES: Table = {
    "W001": ("Which tenant", "There is none of that name, or several and none was named.", "--tenant nordlys"),
    "W002": ("Unknown setting", "The integration has no setting of that name.", "--set window_days=60"),
    "W003": ("Value of a setting", "The value given with --set is not of the setting's type.", ""),
    "W004": ("Unknown integration", "Neither the workspace nor the program has a rule file of that name.", ""),
    "W005": ("Connector cannot be used", "A rule file names a system whose connector is missing or broken.", ""),
    "W006": ("Not one of the tenant's", "The tenant file does not name this integration.", ""),
    "W010": ("Saved plan", "The file is no saved plan, or one of another tenant or version.", ""),
}
