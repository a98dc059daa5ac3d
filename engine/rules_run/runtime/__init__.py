"""Composition: opens tenant, ledger and connectors, and runs plan and apply."""
