"""Cost per day, one column a model, as a pandas table: python examples/cost_by_day.py [PERIOD]."""

from __future__ import annotations

import sys

import tokencli


def main() -> None:
    """Print the table of the period named, else of all that is in the ledger."""
    sums = tokencli.load_events(sys.argv[1] if len(sys.argv) > 1 else "all", by="day,model")
    # Not pivot_table: its sums turn a cost that is not known into 0.
    print(sums.pivot(index="day", columns="model", values="list_cost"))


if __name__ == "__main__":
    main()
