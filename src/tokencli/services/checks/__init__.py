"""The checks of a ledger: one module for each family of them, and `registry`, which runs them all."""
