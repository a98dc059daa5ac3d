"""Says which share of the branches of each measured layer was taken, and fails under a least one."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main(report: str, least: str) -> int:
    taken: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for name, file in json.loads(Path(report).read_text(encoding="utf-8"))["files"].items():
        layer = Path(name).relative_to("engine/rules_run").parts[0]
        taken[layer] += file["summary"]["covered_branches"]
        there[layer] += file["summary"]["num_branches"]
    for layer in there:
        print(f"{layer}: {taken[layer]} of {there[layer]} branches, {100 * taken[layer] / there[layer]:.1f} %")
    return 0 if there and all(100 * taken[layer] >= float(least) * there[layer] for layer in there) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
