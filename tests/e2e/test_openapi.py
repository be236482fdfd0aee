"""No request that the API's description allows, or nearly allows, makes a running server fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
import schemathesis
import schemathesis.checks
import schemathesis.specs.openapi.checks
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode

from tests.e2e.serving import serving
from tokencli.web.openapi import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.serving import Proxy

# The library's checks have no types of their own.
no_failure: Any = vars(schemathesis.checks)["not_a_server_error"]
as_described: Any = vars(schemathesis.specs.openapi.checks)["status_code_conformance"]
of_its_shape: Any = vars(schemathesis.specs.openapi.checks)["response_schema_conformance"]
CONFIG = """
[providers.mistral]
type = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key_env = "CANARY"
[models."mistral/small"]
provider = "mistral"
model = "small-1"
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with serving(tmp_path_factory.mktemp("openapi"), CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def schema(proxy: Proxy) -> Any:
    """Return the description that the server gives of itself."""
    with urlopen(f"{proxy.url}/openapi.json") as answer:  # noqa: S310 - local
        return schemathesis.openapi.from_dict(json.load(answer))


_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
ALLOWED = [(place, GenerationMode.POSITIVE) for place in range(len(PATHS))]
# Where every text is allowed there is nothing that is not.
NOT_ALLOWED = [(place, GenerationMode.NEGATIVE) for place, path in enumerate(PATHS) if path.query or path.body]


@pytest.mark.parametrize(
    ("place", "mode"),
    ALLOWED + NOT_ALLOWED,
    ids=[f"{mode.value} {PATHS[place].method} {PATHS[place].path}" for place, mode in ALLOWED + NOT_ALLOWED],
)
def test_what_is_asked_is_answered_as_described(proxy: Proxy, schema: Any, place: int, mode: GenerationMode) -> None:
    path = PATHS[place]
    strategy = schema[path.path][path.method.upper()].as_strategy(generation_mode=mode)

    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=_SLOW)
    @given(case=strategy)
    def test(case: Any) -> None:
        case.call_and_validate(base_url=proxy.url, checks=[no_failure, as_described, of_its_shape])

    test()
