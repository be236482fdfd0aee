"""How a context limit is written: as people say it."""

from __future__ import annotations

_KIB, _K = 1024, 1000


def context_words(tokens: int | None) -> str:
    """Return a context limit as people say it: 131072 is 128K, 1048576 is 1M, 164000 is 164K; a dash for None."""
    if tokens is None:
        return "-"
    step = _K if tokens % _K == 0 else _KIB
    thousands = tokens / step
    if thousands >= step:
        return f"{thousands / step:.3g}M"
    return f"{round(thousands)}K" if tokens >= step else str(tokens)
