"""Fit the estimator's weights to public tokenizers, or measure its errors: `python -m tools.fit_estimator --help`.

It runs only where the tokenizers are: unpack the packages that tools.estimator_material.oracles names below one
folder, and use a Python that has numpy, msgspec, tiktoken and tokenizers. Without --report it writes
src/tokencli/services/estimate_weights.py. The overhead of messages and tools is fitted to recorded requests and
the counts their providers reported, when --exchanges names a file of them.
"""

from __future__ import annotations

import argparse
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tokencli.services.byte_classes import class_counts
from tokencli.services.prompt_text import Prompt, prompt_of
from tokencli.services.tokenizer_families import TokenizerFamily, family_of
from tools.estimator_material import GENERATED, KINDS, Chunk, chunks, oracles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Numbers = NDArray[np.float64]

_WEIGHTS_FILE = Path(__file__).parent.parent / "src/tokencli/services/estimate_weights.py"
_OUTPUT_KINDS = ("english", "markdown", "python", "javascript", "json")
_SMALLEST_ERROR = 0.02
_ENOUGH_EXCHANGES = 12
_SCHEMA_SHARES = dict.fromkeys(TokenizerFamily, 1.0) | {
    TokenizerFamily.O200K: 0.5,
    TokenizerFamily.CL100K: 0.5,
    TokenizerFamily.GEMINI: 0.8,
}
"""The share of a tool definition's JSON that is billed: guessed, since few records have definitions of any size.

OpenAI is known to rewrite them as short signatures; the chat templates of open models show the JSON itself."""
_OVERHEADS = ("a message", "a call", "share of the schemas' tokens", "any tools")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and the input tokens its provider reported."""

    name: str
    family: TokenizerFamily
    provider_name: str
    api_name: str
    model: str
    body: bytes
    real: int

    @property
    def is_held_out(self) -> bool:
        """Say whether the errors are measured on it; half of them are."""
        return zlib.crc32(self.name.encode()) % 2 == 0


def fit(features: Numbers, counted: Numbers, weights: Numbers, rounds: int = 12) -> Numbers:
    """Return coefficients of at least 0 with a small mean of |estimate - count| / count.

    Least squares again and again, each row weighted by one over its last error: that leads to least absolute errors.
    """
    scale = np.sqrt(weights) / counted
    found = np.zeros(features.shape[1])
    errors = np.ones(len(counted))
    for _ in range(rounds):
        rows = scale / np.sqrt(np.maximum(errors, _SMALLEST_ERROR))
        found = least_squares_above_0(features * rows[:, None], counted * rows)
        errors = np.abs(features @ found - counted) / counted
    return found


def least_squares_above_0(features: Numbers, wanted: Numbers, rounds: int = 3000) -> Numbers:
    """Return the coefficients of at least 0 that minimise the squares, by descent along one of them at a time."""
    gram = features.T @ features
    moments = features.T @ wanted
    found = np.zeros(len(moments))
    for _ in range(rounds):
        before = found.copy()
        for index in np.flatnonzero(np.diag(gram)):
            step = (moments[index] - gram[index] @ found) / gram[index, index]
            found[index] = max(0.0, found[index] + step)
        if np.max(np.abs(found - before)) < 1e-7:
            break
    return found


def exchanges(path: Path | None) -> Iterator[Exchange]:
    """Yield recorded requests without media that are whole and that a model answered with counts."""
    if path is None:
        return
    for line in path.read_text().split("\n"):
        record: dict[str, Any] = json.loads(line) if line.strip() else {}
        real = (record.get("expected_usage") or {}).get("input_total")
        body = (record.get("request_body") or "").encode()
        doubtful = record.get("suspected_synthetic") or record.get("request_body_truncated")
        if real and body and not doubtful and record.get("usage_status") == "reported" and not prompt_of(body).media:
            model = record.get("request_model") or record.get("response_model") or ""
            family = family_of(record["provider"], model)
            yield Exchange(record["id"], family, record["provider"], record["api"], model, body, real)


def kind_weights(found: Sequence[Chunk]) -> Numbers:
    """Return how much each piece counts, so that each kind of text has its own share."""
    shares = {kind.name: kind.weight for kind in KINDS} | GENERATED
    names = [chunk.kind for chunk in found]
    sizes = {name: names.count(name) for name in set(names)}
    return np.array([shares[name] / sizes[name] for name in names])


def fit_texts(folder: Path) -> tuple[dict[str, Numbers], dict[str, float]]:
    """Return each family's coefficients for the byte classes, and its tokens per byte of output."""
    found = [chunk for chunk in chunks() if not chunk.is_held_out]
    features = np.array([class_counts(chunk.text.encode()) for chunk in found], dtype=float)
    weights = kind_weights(found)
    sizes = np.array([len(chunk.text.encode()) for chunk in found], dtype=float)
    output = np.array([chunk.kind in _OUTPUT_KINDS for chunk in found])
    texts: dict[str, Numbers] = {}
    rates: dict[str, float] = {}
    for family, count in oracles(folder).items():
        counted = np.array([count(chunk.text) for chunk in found], dtype=float)
        texts[family] = fit(features, counted, weights)
        rates[family] = float(np.average((counted / sizes)[output], weights=weights[output]))
    texts["general"] = np.mean(list(texts.values()), axis=0)
    rates["general"] = float(np.mean(list(rates.values())))
    return texts, rates


def fit_overheads(texts: dict[str, Numbers], recorded: Sequence[Exchange]) -> dict[str, Numbers]:
    """Return each family's scale of its text and its overhead; families without records share the general one."""
    others = [exchange for exchange in recorded if exchange.family not in {"claude", "gemini"}]
    found: dict[str, Numbers] = {}
    for family in texts:
        own = [exchange for exchange in recorded if exchange.family == family]
        found[family] = _overhead(own if len(own) >= _ENOUGH_EXCHANGES else others, texts, family)
    return found


def _overhead(recorded: Sequence[Exchange], texts: dict[str, Numbers], family: str) -> Numbers:
    """Return the scale of the text and the four of _OVERHEADS; only Claude's text is scaled."""
    rows: set[tuple[float, ...]] = set()
    for exchange in recorded:
        if "embed" not in exchange.api_name and "completions" not in exchange.api_name and not exchange.is_held_out:
            rows.add((*_overhead_features(prompt_of(exchange.body), texts[exchange.family]), float(exchange.real)))
    if not rows:
        return np.array([1.0, 0.0, 0.0, _SCHEMA_SHARES[TokenizerFamily(family)], 0.0])
    text, messages, calls, schemas, any_tools, counted = np.array(sorted(rows)).T
    share = _SCHEMA_SHARES[TokenizerFamily(family)]
    if family == "claude":
        scale, *rest = _fit_rest(np.array([text + share * schemas, messages, calls, any_tools]).T, counted, counted)
    else:
        wanted = np.maximum(counted - text - share * schemas, 0.0)
        scale, rest = 1.0, list(_fit_rest(np.array([messages, calls, any_tools]).T, wanted, counted))
    return np.array([scale, *rest[:2], share, *rest[2:]])


def _fit_rest(features: Numbers, wanted: Numbers, counted: Numbers) -> Numbers:
    """Return coefficients for a part of the counts; their errors are measured against the whole."""
    found = np.zeros(features.shape[1])
    errors = np.ones(len(counted))
    for _ in range(30):
        rows = 1 / counted / np.sqrt(np.maximum(errors, _SMALLEST_ERROR))
        found = least_squares_above_0(features * rows[:, None], wanted * rows)
        errors = np.abs(features @ found - wanted) / counted
    return found


def _overhead_features(prompt: Prompt, text: Numbers) -> tuple[float, ...]:
    return (
        float(text @ np.array(class_counts(prompt.text))),
        float(max(1, prompt.messages)),
        1.0,
        float(text @ np.array(class_counts(prompt.schemas))),
        float(prompt.has_tools),
    )


def weights_module(texts: dict[str, Numbers], rates: dict[str, float], overheads: dict[str, Numbers]) -> str:
    """Return the source of estimate_weights.py."""
    lines = [
        '"""Weights of the estimator; generated by tools/fit_estimator.py, never edited by hand.',
        "",
        "Fitted to texts of 38 kinds (code, prose in 19 languages, data) as these tokenizers count them: o200k_base",
        "and cl100k_base (gpt-tokenizer 4.0.0), Claude 2 (@anthropic-ai/tokenizer 0.0.4), Gemma, Llama 3, Qwen 2.5 and",
        "DeepSeek 3 (@lenml/tokenizer-* 3.7.2), Tekken 240911 (mistral-common 1.13.1). The overhead is fitted to",
        "recorded requests and the counts their providers reported; Claude's text is scaled by the same.",
        '"""',
        "",
        "from tokencli.services.tokenizer_families import TokenizerFamily",
        "",
        "TEXT: dict[TokenizerFamily, tuple[float, ...]] = {",
        *(_entry(family, numbers * overheads[family][0]) for family, numbers in texts.items()),
        "}",
        '"""Tokens for each count of byte_classes.class_counts, in the order of its CLASS_NAMES."""',
        "",
        "OVERHEAD: dict[TokenizerFamily, tuple[float, ...]] = {",
        *(_entry(family, numbers[1:]) for family, numbers in overheads.items()),
        "}",
        f'"""Tokens for {", ".join(_OVERHEADS)}."""',
        "",
        "OUTPUT_TOKENS_PER_BYTE: dict[TokenizerFamily, float] = {",
        *(f"    TokenizerFamily.{family.upper()}: {rate:.4f}," for family, rate in rates.items()),
        "}",
        "",
    ]
    return "\n".join(lines)


def _entry(family: str, numbers: Numbers) -> str:
    rows = [f"        {number:.4f}," for number in numbers]
    return "\n".join([f"    TokenizerFamily.{family.upper()}: (", *rows, "    ),"])


def main() -> None:
    """Write the weights, or print the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("oracles", type=Path, help="the folder below which the tokenizers' packages are unpacked")
    parser.add_argument("--exchanges", type=Path, help="recorded requests with reported counts, one JSON object a line")
    parser.add_argument("--report", action="store_true", help="measure the errors instead of writing the weights")
    given = parser.parse_args()
    recorded = list(exchanges(given.exchanges))
    if given.report:
        from tools.estimator_errors import report

        print(report(oracles(given.oracles), [chunk for chunk in chunks() if chunk.is_held_out], recorded))
        return
    texts, rates = fit_texts(given.oracles)
    _WEIGHTS_FILE.write_text(weights_module(texts, rates, fit_overheads(texts, recorded)))


if __name__ == "__main__":
    main()
