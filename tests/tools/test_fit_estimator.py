"""The fit of the estimator's weights, without the tokenizers it needs to be run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tokencli.services.byte_classes import CLASS_NAMES
from tools.fit_estimator import exchanges, fit, least_squares_above_0, weights_module

if TYPE_CHECKING:
    from pathlib import Path


def test_coefficients_are_found_again() -> None:
    features = np.random.default_rng(1).random((200, 3)) + 0.1
    counted = features @ np.array([2.0, 0.0, 5.0])
    assert fit(features, counted, np.ones(200)) == pytest.approx([2, 0, 5], abs=0.01)


def test_outliers_do_not_move_the_fit() -> None:
    features = np.random.default_rng(1).random((200, 2)) + 0.1
    counted = features @ np.array([2.0, 5.0])
    counted[:20] *= 10
    assert fit(features, counted, np.ones(200)) == pytest.approx([2, 5], rel=0.1)


def test_no_coefficient_is_below_0() -> None:
    features = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    assert min(least_squares_above_0(features, np.array([3.0, 2.0, 1.0]))) == 0


def test_records_without_counts_or_with_media_are_left_out(tmp_path: Path) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}]})
    media = json.dumps({"messages": [{"role": "user", "content": [{"image_url": {"url": "https://example.com"}}]}]})
    record: dict[str, Any] = {
        "id": "x",
        "provider": "openai",
        "api": "openai-chat",
        "request_model": "gpt-4o",
        "request_body": body,
    }
    record |= {"usage_status": "reported", "expected_usage": {"input_total": 8}}
    others = [
        {**record, "request_body": media},
        {**record, "usage_status": "absent"},
        {**record, "expected_usage": None},
    ]
    path = tmp_path / "exchanges.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in [record, *others]) + "\n")
    assert [(one.family, one.real) for one in exchanges(path)] == [("o200k", 8)]


def test_written_module_is_python_with_all_three_tables() -> None:
    source = weights_module({"o200k": np.ones(len(CLASS_NAMES))}, {"o200k": 0.25}, {"o200k": np.array([2, 3, 4, 5, 6])})
    names: dict[str, dict[str, object]] = {}
    exec(compile(source, "estimate_weights.py", "exec"), names)  # noqa: S102 - our own source
    assert names["TEXT"] == {"o200k": (2.0,) * len(CLASS_NAMES)}
    assert names["OVERHEAD"] == {"o200k": (3.0, 4.0, 5.0, 6.0)}
    assert names["OUTPUT_TOKENS_PER_BYTE"] == {"o200k": 0.25}
