"""Which tokenizer a model has, as far as its name tells, and what an image is guessed to cost; pure data.

Facts of 2026-11: OpenAI names o200k_base for gpt-4o and everything after it, cl100k_base for gpt-4, gpt-3.5 and the
text-embedding models. Anthropic publishes no tokenizer of today's models: the one of Claude 2 stands for them,
scaled. Gemini's is taken to be Gemma's, Mistral's is Tekken, Kimi and GLM have none here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class TokenizerFamily(StrEnum):
    """A tokenizer that the estimator has weights for."""

    O200K = "o200k"
    CL100K = "cl100k"
    CLAUDE = "claude"
    GEMINI = "gemini"
    MISTRAL = "mistral"
    LLAMA3 = "llama3"
    QWEN = "qwen"
    DEEPSEEK = "deepseek"
    GENERAL = "general"


_MODELS = (
    (re.compile(r"claude"), TokenizerFamily.CLAUDE),
    (re.compile(r"gemini|gemma"), TokenizerFamily.GEMINI),
    (re.compile(r"mi[sx]tral|codestral|pixtral|magistral|devstral|voxtral"), TokenizerFamily.MISTRAL),
    (re.compile(r"deepseek"), TokenizerFamily.DEEPSEEK),
    (re.compile(r"qwen|qwq"), TokenizerFamily.QWEN),
    (re.compile(r"llama"), TokenizerFamily.LLAMA3),
    (
        re.compile(r"gpt-3|gpt-4(-(\d{4}\b|turbo|32k|vision).*)?$|text-embedding-(ada|3)|davinci|babbage"),
        TokenizerFamily.CL100K,
    ),
    (re.compile(r"gpt|codex|(^|/)o[1-9](-|$)|computer-use"), TokenizerFamily.O200K),
)
_PROVIDERS = {
    "openai": TokenizerFamily.O200K,
    "anthropic": TokenizerFamily.CLAUDE,
    "gemini": TokenizerFamily.GEMINI,
    "mistral": TokenizerFamily.MISTRAL,
    "deepseek": TokenizerFamily.DEEPSEEK,
}

MEDIA_TOKENS = {
    TokenizerFamily.O200K: 765,
    TokenizerFamily.CL100K: 765,
    TokenizerFamily.CLAUDE: 1400,
    TokenizerFamily.GEMINI: 258,
}
"""What one image, sound or document is guessed to cost, whatever its size: an image of 1024 x 1024 pixels as the
providers' own rules count it (OpenAI 85 + 4 x 170, Anthropic width x height / 750, Gemini a tile)."""

OTHER_MEDIA_TOKENS = 1000


@lru_cache(maxsize=256)
def family_of(provider_name: str | None, model: str | None) -> TokenizerFamily:
    """Return the tokenizer of a model, by its name, else by its provider's; GENERAL when neither tells."""
    lowered = (model or "").lower()
    for pattern, family in _MODELS:
        if pattern.search(lowered):
            return family
    return _PROVIDERS.get((provider_name or "").lower(), TokenizerFamily.GENERAL)
