"""Clients: how each program that calls models is pointed at the proxy. Data, and functions that only compute.

One module is one client and ends in `CLIENT`; `registry` knows them all. Nothing here reads a file, sets a variable or
starts anything: a client says which of its own files it wants to know, and what is to be set.
"""
