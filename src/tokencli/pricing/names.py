"""Which entry of the price list a provider's name and a model's name mean."""

from __future__ import annotations

import re

LIST_NAMES = {
    "anthropic": "anthropic",
    "aws": "aws",
    "amazon": "aws",
    "amazon-bedrock": "aws",
    "aws.bedrock": "aws",
    "bedrock": "aws",
    "azure": "azure",
    "azure-openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "cohere": "cohere",
    "gcp.gemini": "google",
    "gcp.gen-ai": "google",
    "gcp.vertex-ai": "google",
    "gemini": "google",
    "google": "google",
    "google-genai": "google",
    "google-vertex": "google",
    "googleai": "google",
    "vertex": "google",
    "vertex-ai": "google",
    "moonshot": "moonshotai",
    "moonshotai": "moonshotai",
    "mistral": "mistral",
    "mistral-ai": "mistral",
    "mistralai": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "together-ai": "together",
    "voyage": "voyageai",
    "x-ai": "x-ai",
    "xai": "x-ai",
    "z-ai": "zai",
    "z.ai": "zai",
    "zai": "zai",
    "zhipu": "zhipuai",
}
"""Names of providers as config files, logs and OpenTelemetry spell them -> the list's own."""

VENDORS = ("openai", "anthropic", "google", "x-ai", "mistral", "cohere", "perplexity", "voyageai", "deepseek")
"""Vendors whose models cost the same whoever forwards the call: a model's name alone may find their price."""

OWN_MACHINES = frozenset({"gpustack", "llama.cpp", "llamacpp", "lm-studio", "lmstudio", "local", "ollama", "vllm"})
"""Servers that run open models themselves: a vendor's price says nothing about them."""

OTHER_HOSTS = frozenset({"nvidia", "siliconflow"})
"""Hosts with prices of their own that the list does not hold."""

_RESOURCE = re.compile(r"^(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/")
_OPEN_MODEL = re.compile(
    r"gpt-oss|gemma|mixtral|open-mistral|mistral-(?:7b|nemo|small)|ministral|(?:dev|magi)stral-small|deepseek-(?!chat|reasoner)"
)
_ROUTING = (":exacto", ":extended", ":floor", ":nitro", ":online", ":thinking")


def provider_key(name: str | None) -> str:
    """Return a provider's name in one spelling: lower case, hyphens; "" when there is none."""
    return (name or "").strip().lower().replace("_", "-").replace(" ", "-")


def model_key(name: str) -> str:
    """Return a model's name in lower case without a resource path: "models/gemini-2.5-flash" is gemini-2.5-flash."""
    return _RESOURCE.sub("", name.strip().lower())


def is_unlisted_host(provider: str) -> bool:
    """Say whether a provider serves models at prices of its own that no list holds."""
    return provider in OTHER_HOSTS or provider in OWN_MACHINES or provider.startswith(("local-", "managed:"))


def is_open_model(model: str) -> bool:
    """Say whether a vendor gives the model away, so that hosts sell it at their own prices."""
    return _OPEN_MODEL.search(model) is not None


def without_routing(model: str) -> str:
    """Return a router's model name without the suffix that only says how to route: "openai/gpt-4o:nitro"."""
    return next((model.removesuffix(suffix) for suffix in _ROUTING if model.endswith(suffix)), model)
