"""Stand-ins for real systems, over the same catalogues the connectors use."""

from rules_run.sandbox.app import Answer, AnswerWithheld, Call, ConnectionDropped, SandboxApp, System
from rules_run.sandbox.data import Clock, read_clock, read_data, wrong_data
from rules_run.sandbox.history import Entry, History, Verb
from rules_run.sandbox.script import Effect, Fault, Script
from rules_run.sandbox.serving import Serving, serve
from rules_run.sandbox.store import SandboxStore

__all__ = [
    "Answer",
    "AnswerWithheld",
    "Call",
    "Clock",
    "ConnectionDropped",
    "Effect",
    "Entry",
    "Fault",
    "History",
    "SandboxApp",
    "SandboxStore",
    "Script",
    "Serving",
    "System",
    "Verb",
    "read_clock",
    "read_data",
    "serve",
    "wrong_data",
]
