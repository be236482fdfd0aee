"""The estimator's errors on what it was not fitted to, and the choice of the calibration's two constants."""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING

import numpy as np

from tokencli.services import calibration
from tokencli.services.calibration import Calibration
from tokencli.services.estimate import Estimator, prompt_tokens, text_tokens
from tokencli.services.prompt_text import prompt_of
from tokencli.services.tokenizer_families import TokenizerFamily
from tools.estimator_material import GENERATED, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.estimator_material import Chunk, Count
    from tools.fit_estimator import Exchange

Series = list[tuple[float, int]]

_CALLS = 25
_SERIES = 300
_CONSTANTS = list(itertools.product((0.1, 0.2, 0.3, 0.5, 0.7), (1, 30, 100, 300, 1000)))


def report(counts: dict[str, Count], held_out: Sequence[Chunk], recorded: Sequence[Exchange]) -> str:
    """Return all errors as Markdown tables."""
    lines = [
        "| tokenizer | first request | after 1 call | after 5 | after 10 and more | unrelated, after 10 | chars/4 |"
    ]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for family, count in counts.items():
        measured = [
            (text_tokens(chunk.text.encode(), TokenizerFamily(family)), count(chunk.text)) for chunk in held_out
        ]
        growing = _conversations(held_out, measured)
        mixed = _unrelated(held_out, measured)
        errors = _errors(growing)
        late = [np.mean(errors[:, first:last]) for first, last in ((0, 1), (1, 2), (5, 6), (10, _CALLS))]
        quarter = _errors(_conversations(held_out, _by_four(held_out, measured)))[:, 0].mean()
        cells = [*late, np.mean(_errors(mixed)[:, 10:]), quarter]
        lines.append(f"| {family} | " + " | ".join(f"{100 * cell:.1f} %" for cell in cells) + " |")
    lines += ["", *_kinds(counts, held_out), "", *_constants(counts, held_out), "", *_recorded(recorded)]
    return "\n".join(lines)


def _by_four(held_out: Sequence[Chunk], measured: Series) -> Series:
    return [(len(chunk.text) / 4, real) for chunk, (_, real) in zip(held_out, measured, strict=True)]


def _drawer(held_out: Sequence[Chunk]) -> tuple[dict[str, list[int]], list[str], list[float]]:
    """Return the pieces of each kind, the kinds, and how often each is drawn."""
    of_kind: dict[str, list[int]] = {}
    for index, chunk in enumerate(held_out):
        of_kind.setdefault(chunk.kind, []).append(index)
    shares = {kind.name: kind.weight for kind in KINDS} | GENERATED
    return of_kind, list(of_kind), [shares[name] for name in of_kind]


def _conversations(held_out: Sequence[Chunk], measured: Series) -> list[Series]:
    """Return calls of conversations: each call sends all before it again and one to three pieces of two kinds more."""
    chance = random.Random(2)
    of_kind, kinds, shares = _drawer(held_out)
    found: list[Series] = []
    for _ in range(_SERIES):
        own = [index for name in chance.choices(kinds, shares, k=2) for index in of_kind[name]]
        estimated, real, series = 0.0, 0, []
        for _ in range(_CALLS):
            for index in chance.choices(own, k=chance.randint(1, 3)):
                estimated += measured[index][0]
                real += measured[index][1]
            series.append((estimated, real))
        found.append(series)
    return found


def _unrelated(held_out: Sequence[Chunk], measured: Series) -> list[Series]:
    """Return calls that have nothing to do with one another but their model."""
    chance = random.Random(3)
    of_kind, kinds, shares = _drawer(held_out)
    return [
        [measured[chance.choice(of_kind[name])] for name in chance.choices(kinds, shares, k=_CALLS)]
        for _ in range(_SERIES)
    ]


def _errors(many: Iterable[Series]) -> np.ndarray:
    """Return |shown - real| / real of each call of each series, calibrated as the proxy does."""
    table: list[list[float]] = []
    for series in many:
        known, row = Calibration(), list[float]()
        for estimated, real in series:
            row.append(abs(known.applied(estimated) - real) / real)
            known = known.updated(real, estimated)
        table.append(row)
    return np.array(table)


def _kinds(counts: dict[str, Count], held_out: Sequence[Chunk]) -> list[str]:
    """Return the mean error without calibration for each kind of text, over the tokenizers, and the worst of them."""
    lines = ["| kind of text | mean error | worst tokenizer |", "|---|--:|--:|"]
    for name in sorted({chunk.kind for chunk in held_out}):
        texts = [chunk.text for chunk in held_out if chunk.kind == name]
        errors = {
            family: float(
                np.mean([abs(text_tokens(text.encode(), TokenizerFamily(family)) / count(text) - 1) for text in texts])
            )
            for family, count in counts.items()
        }
        worst = max(errors, key=lambda family: errors[family])
        mean = float(np.mean(list(errors.values())))
        lines.append(f"| {name} | {100 * mean:.1f} % | {worst} {100 * errors[worst]:.1f} % |")
    return lines


def _constants(counts: dict[str, Count], held_out: Sequence[Chunk]) -> list[str]:
    """Return the error for each pair of the calibration's constants, with tiny first calls among the series."""
    held = (calibration.WEIGHT, calibration.PRIOR_TOKENS)
    many = {family: _everything(held_out, family, count) for family, count in counts.items()}
    lines = ["| weight | prior tokens | growing | unrelated |", "|--:|--:|--:|--:|"]
    for weight, prior in _CONSTANTS:
        calibration.WEIGHT, calibration.PRIOR_TOKENS = weight, prior
        growing = np.mean([_errors(series[0])[:, 1:].mean() for series in many.values()])
        mixed = np.mean([_errors(series[1])[:, 1:].mean() for series in many.values()])
        lines.append(f"| {weight} | {prior} | {100 * growing:.2f} % | {100 * mixed:.2f} % |")
    calibration.WEIGHT, calibration.PRIOR_TOKENS = held
    return lines


def _everything(held_out: Sequence[Chunk], family: str, count: Count) -> tuple[list[Series], list[Series]]:
    measured = [(text_tokens(chunk.text.encode(), TokenizerFamily(family)), count(chunk.text)) for chunk in held_out]
    started = [[(9.0, 14), *series] for series in _conversations(held_out, measured)]
    return started, _unrelated(held_out, measured)


def _recorded(recorded: Sequence[Exchange]) -> list[str]:
    """Return the errors on recorded requests that the overhead was not fitted to, calibrated in their order."""
    lines = ["| recorded requests | calls | median error | mean error | median, calibrated |", "|---|--:|--:|--:|--:|"]
    for family in sorted({exchange.family for exchange in recorded}):
        own = [exchange for exchange in recorded if exchange.family == family and exchange.is_held_out]
        errors = [
            abs(prompt_tokens(prompt_of(exchange.body), family, exchange.api_name) / exchange.real - 1)
            for exchange in own
        ]
        if errors:
            cells = (np.median(errors), np.mean(errors), np.median(_replayed(own)))
            shown = " | ".join(f"{100 * cell:.1f} %" for cell in cells)
            lines.append(f"| {family.value} | {len(own)} | {shown} |")
    return lines


def _replayed(own: Sequence[Exchange]) -> list[float]:
    from tokencli.domain.usage import Estimate, TokenUsage

    estimator = Estimator()
    errors: list[float] = []
    for exchange in own:
        body = json.dumps(json.loads(exchange.body)).encode()
        shown = estimator.estimate_input(exchange.api_name, exchange.provider_name, exchange.model, body) or 0
        errors.append(abs(shown / exchange.real - 1))
        estimator.learn(
            exchange.provider_name,
            exchange.model,
            estimated=Estimate(input_tokens=shown),
            real=TokenUsage(input_tokens=exchange.real),
        )
    return errors
