"""Runs in a peer's environment: answers each line on its input with the CPU seconds of one round over the records."""

from __future__ import annotations

import importlib.util
import pickle
import sys
import time
from pathlib import Path


def main(peer: str, records_file: str) -> None:
    """Load the peer, map once to warm it, then a round for every line."""
    records = pickle.loads(Path(records_file).read_bytes())
    spec = importlib.util.spec_from_file_location(peer, Path(__file__).with_name(f"{peer}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    run = module.contender()
    run(records)
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.process_time()
        run(records)
        print(time.process_time() - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
