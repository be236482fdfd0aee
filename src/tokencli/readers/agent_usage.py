"""Usage as others count it, in our meaning: input includes the cache, output includes reasoning.

Where a source's total shows that a part was counted inside or beside its whole, the total decides.
"""

from __future__ import annotations

from tokencli.domain.usage import TokenUsage
from tokencli.readers.agent_fields import LONGEST_RAW


def apart(fresh: int, cache_read: int, cache_write: int, output: int, reasoning: int = 0) -> TokenUsage:
    """Return the usage of an input that leaves both cache figures out, and an output that includes reasoning."""
    return whole(fresh + cache_read + cache_write, cache_read, cache_write, output, reasoning)


def whole(entire: int, cache_read: int, cache_write: int, output: int, reasoning: int = 0) -> TokenUsage:
    """Return the usage of an input that includes both cache figures, and an output that includes reasoning."""
    return TokenUsage(
        input_tokens=entire,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        output_tokens=output,
        reasoning_tokens=reasoning,
        inconsistent=cache_read + cache_write > entire or reasoning > output,
    )


def gemini(prompt: int, cached: int, answer: int, thoughts: int, tool: int, total: int) -> TokenUsage:
    """Return the usage of Gemini's counts: the prompt includes the cached part; tool prompts and thoughts are beside.

    Programs that translate another provider's answer into these names leave thoughts in the answer, or cached tokens
    out of the prompt: their total says so.
    """
    told = prompt + answer + tool
    output = answer if thoughts and total == told else answer + thoughts
    if cached and total == told + thoughts + cached:
        prompt += cached
    return whole(prompt + tool, cached, 0, output, thoughts)


def with_reasoning(output: int, reasoning: int, others: int, total: int) -> int:
    """Return the output with its reasoning, which is beside it where only then the parts make up the total.

    More reasoning than output is beside it too.
    """
    is_beside = reasoning > output or total == others + output + reasoning
    return output + reasoning if is_beside else output


def raw_text(usage: bytes) -> str | None:
    """Return a usage object as it stood, to be kept; None when there is none or it is far too long to be one."""
    return usage.decode("utf-8", "replace") if 0 < len(usage) <= LONGEST_RAW else None
