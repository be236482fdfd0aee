"""HTTP in, HTTP out: a client's call goes to its provider untouched, and a copy of the answer is measured."""
