"""Plain: the usual case of a question, which is answered without what the general case has to load.

A prompt asks for the status at every line. Whatever is not plain is handed to the full program, which has the one
answer and the one error for it; the two must never differ where both can answer.

The modules on the plain way import neither `typing` nor `dataclasses`, `re`, `json`, `decimal` or `tomllib`: each of
them costs as much as half a start of Python or more.
"""

from __future__ import annotations


class NotPlainError(Exception):
    """What is asked, or what it is asked of, is not the usual case; nobody sees this one."""
