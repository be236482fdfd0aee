"""The dictionary of a target: the names of the fields that its code knows, and words of the formats."""

from __future__ import annotations

import ast
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from types import ModuleType

_WORD: Final = re.compile(r"[\w.\-:/ @$\[\]]{1,48}")
_SENTENCE: Final = re.compile(r"\w+ \w+ \w+ \w+")
COMMON: Final = (
    *("type", "usage", "error", "message", "delta", "choices", "response", "object", "id", "model", "content", "role"),
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens", "timestamp", "data"),
    *("prompt_tokens_details", "completion_tokens_details", "input_tokens_details", "cache_creation", "service_tier"),
    *("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.operation.name", "gen_ai.response.id"),
    *("gen_ai.request.model", "gen_ai.provider.name", "event.name", "attributes", "key", "value", "stringValue"),
    *("intValue", "doubleValue", "timeUnixNano", "assistant", "data: ", "data: [DONE]", "event: ", "[DONE]"),
)


def words_of(module: str) -> tuple[str, ...]:
    """Return the words that a module and the siblings that it imports know."""
    found = dict.fromkeys(COMMON)
    for each in _with_siblings(import_module(module)):
        found |= dict.fromkeys(_constants(each))
        for shape in vars(each).values():
            if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
                found |= dict.fromkeys(field.encode_name for field in msgspec.structs.fields(shape))
    return tuple(found)


def _with_siblings(module: ModuleType) -> list[ModuleType]:
    room = module.__name__.rpartition(".")[0]
    homes = ((getattr(value, "__module__", None), getattr(value, "__name__", "")) for value in vars(module).values())
    names = {str(home or name) for home, name in homes}
    siblings = [sys.modules[name] for name in sorted(names) if name.startswith(room) and name in sys.modules]
    return [module, *(each for each in siblings if each is not module)]


def _constants(module: ModuleType) -> list[str]:
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    words = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in told]
    return [word for word in words if isinstance(word, str) and _WORD.fullmatch(word) and not _SENTENCE.match(word)]


def as_dictionary(words: tuple[str, ...]) -> str:
    """Return words as libFuzzer reads a dictionary."""
    lines = ["".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words]
    return "".join(f'"{line}"\n' for line in lines)
