"""The ledger: SQL and nothing else."""
