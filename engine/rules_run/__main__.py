"""`python -m rules_run` is the command line."""

from rules_run.cli import main

main()
