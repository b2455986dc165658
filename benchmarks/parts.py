"""The command line of a benchmark that has parts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping


def run_parts(doc: str | None, parts: Mapping[str, Callable[[], None]]) -> None:
    """Run the parts that the command line names, all of them by default. doc: what the benchmark says of itself."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(parts)}; all of them by default")
    wanted = parser.parse_args().parts or list(parts)
    if unknown := set(wanted) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there is: {', '.join(parts)}")
    print(f"load {', '.join(f'{part:.2f}' for part in os.getloadavg())}, {os.cpu_count()} cores", flush=True)
    for part in wanted:
        parts[part]()
