"""Stand-ins for real systems, over the same catalogues the connectors use."""

from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.data import FRAME_WORDS, Clock, Stopwatch, read_clock, read_data, read_stopwatch, wrong_data
from rules_run.sandbox.faults import Effect, Fault, Faults
from rules_run.sandbox.history import Entry, History, Verb
from rules_run.sandbox.serving import Serving, serve
from rules_run.sandbox.store import SandboxStore
from rules_run.sandbox.system import Answer, AnswerWithheld, Call, ConnectionDropped, ConnectionRefused, System

__all__ = [
    "FRAME_WORDS",
    "Answer",
    "AnswerWithheld",
    "Call",
    "Clock",
    "ConnectionDropped",
    "ConnectionRefused",
    "Effect",
    "Entry",
    "Fault",
    "Faults",
    "History",
    "SandboxApp",
    "SandboxStore",
    "Serving",
    "Stopwatch",
    "System",
    "Verb",
    "read_clock",
    "read_data",
    "read_stopwatch",
    "serve",
    "wrong_data",
]
