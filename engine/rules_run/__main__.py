"""The program: `rules-run`, or `python -m rules_run`."""

from __future__ import annotations

import gc

COLLECT = (50_000, 20, 20)
"""When to look for garbage: what is made while a command starts stays, and to look it through costs a sixth of that."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*COLLECT)
    from rules_run.cli import main as command_line

    try:
        command_line()
    finally:
        gc.freeze()  # what is left goes with the process, and need not be looked through once more


if __name__ == "__main__":
    main()
