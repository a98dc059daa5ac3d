"""Keeps business systems in step from rule files."""
