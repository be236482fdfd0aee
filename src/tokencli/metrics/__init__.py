"""The metrics room: what the ledger and the proxy tell a monitoring system."""
