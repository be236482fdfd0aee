"""Make the sample log that ships with tokencli: one month of invented traffic of a chat backend.

Run `python tools/make_sample.py` from the repository; the seed is fixed, so the same log comes out every
time. Providers and public model names are real; agents, amounts and times are invented. Prices are in
units of $0.00000001 a token, the precision that such a log prints.
"""

from __future__ import annotations

import lzma
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

SEED = 20261019
ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY = datetime(2026, 10, 19, tzinfo=ZONE)
DAYS = 30
CALLS_PER_DAY = 126
MIN_GAP_S = 2.5
TARGET = Path(__file__).parents[1] / "src" / "tokencli" / "sample" / "backend.log.xz"
STREAM, TRACKER = "backend.features.chat.llm_stream", "backend.core.cost_tracker"
# Clocks go back at 01:00 UTC on 2026-10-25: local times between 02:00 and 03:00 name two moments.
AMBIGUOUS = (datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the backend believes about one model, and how it is used."""

    provider: str
    name: str
    input_price: int
    output_price: int
    share: int
    prompt: int
    answer: int
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the backend counted it; `printed` is its cost in whole millionths of a dollar."""

    at: datetime
    model: Model
    input_tokens: int
    output_tokens: int
    agent: str | None
    form: str

    @property
    def printed(self) -> int:
        """Return the cost that the log prints, rounded half up."""
        exact = self.input_tokens * self.model.input_price + self.output_tokens * self.model.output_price
        return (exact + 50) // 100


@dataclass(slots=True, kw_only=True)
class Truth:
    """What a right reading of the sample log finds: by (provider, model), None where no line names the model."""

    lines: int = 0
    twins: int = 0
    broken: int = 0
    calls: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    input_tokens: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    output_tokens: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    printed_cost: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    agents: Counter[str | None] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)


MODELS = (
    Model(provider="OpenAI", name="gpt-4o-mini", input_price=15, output_price=60, share=26, prompt=1450, answer=310,
          agents=("nexus", "nexus", "anima")),
    # twice the list price for input, 1.5 times for output
    Model(provider="OpenAI", name="gpt-4o", input_price=500, output_price=1500, share=9, prompt=1900, answer=420,
          agents=("nexus",)),
    Model(provider="OpenAI", name="gpt-4.1", input_price=200, output_price=800, share=5, prompt=2600, answer=540,
          agents=("nexus", "neo")),
    # 4.7 and 2.3 times the list price
    Model(provider="Gemini", name="gemini-1.5-flash", input_price=35, output_price=70, share=10, prompt=1200,
          answer=260, agents=("anima",)),
    # 3.5 and 1.75 times the list price
    Model(provider="Gemini", name="gemini-2.0-flash", input_price=35, output_price=70, share=9, prompt=1700,
          answer=340, agents=("anima", "neo")),
    # output 3.6 times below the list price
    Model(provider="Gemini", name="models/gemini-2.5-flash", input_price=30, output_price=70, share=12, prompt=2300,
          answer=900, agents=("neo", "neo", "anima")),
    # 3.2 times below the list price
    Model(provider="Anthropic", name="claude-3-5-haiku-20241022", input_price=25, output_price=125, share=14,
          prompt=1800, answer=380, agents=("anima", "nexus")),
    Model(provider="Anthropic", name="claude-sonnet-4-5-20250929", input_price=300, output_price=1500, share=8,
          prompt=3100, answer=620, agents=("neo",)),
    Model(provider="Groq", name="llama-3.3-70b-versatile", input_price=59, output_price=79, share=5, prompt=900,
          answer=240, agents=("nexus",)),
)  # fmt: skip
# No price list knows this name, and the backend wrote $0 for it.
HOUSE = Model(provider="OpenAI", name="gpt-4.1-atelier", input_price=0, output_price=0, share=0, prompt=2100,
              answer=500, agents=("neo",))  # fmt: skip
# The backend never learned to read this provider's usage: every call is 0 tokens and $0.
MUTE = Model(provider="Mistral", name="mistral-large-2411", input_price=200, output_price=600, share=0, prompt=0,
             answer=0, agents=("neo", "nexus"))  # fmt: skip

HOURS = (2, 1, 1, 1, 1, 2, 5, 12, 30, 52, 64, 60, 40, 46, 66, 70, 62, 50, 34, 22, 18, 16, 10, 5)
WEEKDAYS = (1.15, 1.25, 1.2, 1.1, 1.0, 0.35, 0.28)
DEBATE = datetime(2026, 11, 12, 14, 5, tzinfo=ZONE)
REINDEX = datetime(2026, 10, 30, 22, 10, tzinfo=ZONE)
NOISE = (
    ("uvicorn.access", '127.0.0.1:{port} - "POST /api/chat/messages HTTP/1.1" 200'),
    ("uvicorn.access", '127.0.0.1:{port} - "GET /api/threads?type=chat HTTP/1.1" 200'),
    ("uvicorn.access", '127.0.0.1:{port} - "GET /api/dashboard/costs/summary HTTP/1.1" 200'),
    ("backend.core.websocket", "Session ws-{number:04x} : message chat.message reçu ({size} octets)"),
    ("backend.core.websocket", "Session ws-{number:04x} : flux terminé en {size} ms"),
    ("backend.features.memory.vector", "{few} souvenirs retenus sur {number} en {few} ms"),
    ("backend.core.database", "WAL checkpoint: {number} pages"),
    ("backend.core.cost_tracker", "Seuils : jour 3.00, semaine 12.00, mois 20.00"),
)


def build(seed: int = SEED) -> tuple[bytes, Truth]:
    """Return the log's bytes and what a right reading of them finds."""
    random, truth = Random(seed), Truth()
    lines: list[tuple[datetime, bytes]] = []
    for call in _calls(random):
        lines.extend(_lines_of(call, random, truth))
    lines.extend(_background(random))
    lines.extend(_failures(random, truth))
    lines.extend(_broken(truth))
    lines.sort(key=lambda line: line[0])
    truth.lines = len(lines)
    return b"".join(content for _, content in lines), truth


def _calls(random: Random) -> list[Call]:
    calls = [_call(moment, _model_at(moment, random), random) for moment in _moments(random)]
    calls.extend(_debate(random))
    calls.extend(_documents(random))
    calls.sort(key=lambda call: call.at)
    spaced: list[Call] = []
    for call in calls:
        if not spaced or (call.at - spaced[-1].at).total_seconds() >= MIN_GAP_S:
            spaced.append(call)
    haiku = next(model for model in MODELS if model.name.startswith("claude-3-5-haiku"))
    last = FIRST_DAY + timedelta(days=DAYS - 1, hours=23, minutes=41, seconds=7, milliseconds=312)
    spaced.append(
        Call(at=last, model=haiku, input_tokens=11_842, output_tokens=1_906, agent="anima", form="full"),
    )
    return spaced


def _moments(random: Random) -> list[datetime]:
    moments: list[datetime] = []
    for day in range(DAYS):
        midnight = FIRST_DAY + timedelta(days=day)
        for hour, weight in enumerate(HOURS):
            expected = CALLS_PER_DAY * WEEKDAYS[midnight.weekday()] * weight / sum(HOURS)
            count = int(expected) + (random.random() < expected % 1)
            for _ in range(count):
                local = midnight + timedelta(hours=hour, milliseconds=random.randrange(3_600_000))
                moments.append(local.astimezone(UTC))
    return [moment for moment in moments if not AMBIGUOUS[0] <= moment < AMBIGUOUS[1]]


def _model_at(moment: datetime, random: Random) -> Model:
    day = (moment.astimezone(ZONE) - FIRST_DAY).days
    chance = random.random()
    if 11 <= day < 20 and chance < 0.08:
        return MUTE
    if day >= 16 and chance > 0.975:
        return HOUSE
    return random.choices(MODELS, [model.share for model in MODELS])[0]


def _call(moment: datetime, model: Model, random: Random) -> Call:
    local = moment.astimezone(ZONE)
    day = (local - FIRST_DAY).days
    tokens = (int(model.prompt * random.lognormvariate(0, 0.75)), int(model.answer * random.lognormvariate(0, 0.65)))
    if _usage_was_lost(model, day):
        tokens = (0, 0)
    agent = random.choice(model.agents) if random.random() < 0.985 else None
    return Call(at=local, model=model, input_tokens=tokens[0], output_tokens=tokens[1], agent=agent, form=_form(day))


def _usage_was_lost(model: Model, day: int) -> bool:
    if model is MUTE:
        return True
    return (model.name == "gemini-1.5-flash" and day < 3) or (model.name.startswith("claude-3-5") and day < 2)


def _form(day: int) -> str:
    return "words" if day < 2 else "short words" if day < 3 else "short" if day < 5 else "full"


def _debate(random: Random) -> list[Call]:
    """An afternoon on which three agents argued with one another through the dearest models."""
    wanted = [model for model in MODELS if model.name in {"gpt-4o", "claude-sonnet-4-5-20250929", "gpt-4.1"}]
    calls, at = [], DEBATE
    for turn in range(120):
        at += timedelta(milliseconds=random.randrange(9_000, 27_000))
        model = wanted[turn % 3]
        tokens = int(2_500 + 25 * turn * random.uniform(0.8, 1.2)), int(350 * random.lognormvariate(0, 0.4))
        agent = ("nexus", "neo", "anima")[turn % 3]
        calls.append(
            Call(at=at, model=model, input_tokens=tokens[0], output_tokens=tokens[1], agent=agent, form="full")
        )
    return calls


def _documents(random: Random) -> list[Call]:
    """A night on which documents were summed up: long prompts, short answers."""
    model = next(model for model in MODELS if model.name == "models/gemini-2.5-flash")
    calls, at = [], REINDEX
    for _ in range(40):
        at += timedelta(milliseconds=random.randrange(20_000, 55_000))
        tokens = random.randrange(9_000, 48_000), random.randrange(500, 1_600)
        calls.append(
            Call(at=at, model=model, input_tokens=tokens[0], output_tokens=tokens[1], agent="neo", form="full")
        )
    return calls


def _lines_of(call: Call, random: Random, truth: Truth) -> list[tuple[datetime, bytes]]:
    """Return the lines one call leaves in the log, and count it."""
    start = call.at - timedelta(milliseconds=random.randrange(700, 2_200))
    lines = [_noise(start, random)]
    if not call.input_tokens:
        lines.extend(_lost(call, truth))
    lines.append((call.at, _line(call.at, "INFO", STREAM, _cost_message(call))))
    name = call.model.name
    if call.agent:
        truth.twins += 1
        after = call.at + timedelta(milliseconds=random.randrange(2, 45))
        cost = f"{call.printed // 10**6}.{call.printed % 10**6:06d}"
        lines.append(
            (after, _line(after, "INFO", TRACKER, f"Coût de {cost} pour '{call.agent}' ('{name}') enregistré."))
        )
    named = call.agent is not None or call.form in {"short", "full"}
    key = (call.model.provider, name if named else None)
    truth.calls[key] += 1
    truth.input_tokens[key] += call.input_tokens
    truth.output_tokens[key] += call.output_tokens
    truth.printed_cost[key] += call.printed
    truth.agents[call.agent] += 1
    return lines


def _cost_message(call: Call) -> str:
    head = f"[{call.model.provider}] Cost calculated: ${call.printed // 10**6}.{call.printed % 10**6:06d}"
    if call.form == "words":
        return f"{head} ({call.input_tokens} input + {call.output_tokens} output tokens)"
    if call.form == "short words":
        return f"{head} ({call.input_tokens} in + {call.output_tokens} out tokens)"
    model = call.model
    if call.form == "short":
        prices = f"pricing_in=${_short(model.input_price)}, pricing_out=${_short(model.output_price)}"
        return f"{head} (model={model.name}, in={call.input_tokens}, out={call.output_tokens}, {prices})"
    prices = f"pricing_input=$0.{model.input_price:08d}/token, pricing_output=$0.{model.output_price:08d}/token"
    return (
        f"{head} (model={model.name}, input={call.input_tokens} tokens, output={call.output_tokens} tokens, {prices})"
    )


def _short(price: int) -> str:
    return f"0.{(price + 50) // 100:06d}"


def _lost(call: Call, truth: Truth) -> list[tuple[datetime, bytes]]:
    """Return the lines that say why a call has no counts."""
    before = call.at - timedelta(milliseconds=3)
    if call.model.provider == "Gemini":
        message = "[Gemini] Failed to count input tokens: 404 model not found for this API version"
        truth.notices["count"] += 1
    elif call.model.provider == "Anthropic":
        message = f"[Anthropic] No usage data in final response for model {call.model.name}"
        truth.notices["usage"] += 1
    else:
        return []
    return [(before, _line(before, "WARNING", STREAM, message))]


def _background(random: Random) -> list[tuple[datetime, bytes]]:
    lines = []
    for minute in range(0, DAYS * 24 * 60, 15):
        at = (FIRST_DAY.astimezone(UTC) + timedelta(minutes=minute, milliseconds=random.randrange(900))).astimezone(
            ZONE
        )
        if not AMBIGUOUS[0] <= at < AMBIGUOUS[1]:
            lines.append((at, _line(at, "INFO", "uvicorn.access", '127.0.0.1:40112 - "GET /health HTTP/1.1" 200')))
            if 7 <= at.hour < 22:
                lines.append(_noise(at + timedelta(seconds=random.randrange(5, 600)), random))
    return lines


def _noise(at: datetime, random: Random) -> tuple[datetime, bytes]:
    logger, message = random.choice(NOISE)
    text = message.format(
        port=40_000 + random.randrange(40), number=random.randrange(60), size=10 * random.randrange(8, 90),
        few=random.randrange(2, 9),
    )  # fmt: skip
    return at, _line(at, "INFO", logger, text)


def _failures(random: Random, truth: Truth) -> list[tuple[datetime, bytes]]:
    """Return time-outs and failed counts: they explain calls that have no row."""
    lines = []
    for _ in range(23):
        at = FIRST_DAY + timedelta(
            days=random.randrange(DAYS), hours=random.randrange(8, 21), seconds=random.random() * 3600
        )
        model = random.choice(MODELS)
        provider = model.provider.lower()
        message = f"Timeout AI request après 30.0s (provider={provider}, model={model.name})"
        lines.append((at, _line(at, "ERROR", "backend.features.chat.service", message)))
        truth.notices["timeout"] += 1
    for _ in range(6):
        at = FIRST_DAY + timedelta(
            days=random.randrange(6, DAYS), hours=random.randrange(8, 21), seconds=random.random() * 3600
        )
        message = "[Gemini] Failed to count output tokens: 429 quota exceeded"
        lines.append((at, _line(at, "WARNING", STREAM, message)))
        truth.notices["count"] += 1
    return lines


def _broken(truth: Truth) -> list[tuple[datetime, bytes]]:
    """Return lines that were meant as cost lines and tell no cost: cut off, not a number, without a time."""
    lines = []
    for day, message in (
        (9, "[OpenAI] Cost calculated: $0.0008"),
        (12, "[Gemini] Cost calculated: $nan (model=gemini-2.0-flash, in=None, out=None, pricing_in=$0.0)"),
        (21, "[Anthropic] Cost calculated: $0.004410 (model=claude-sonnet-4-5-20250929, input=9"),
    ):  # fmt: skip
        at = FIRST_DAY + timedelta(days=day, hours=16, minutes=2, seconds=11)
        lines.append((at, _line(at, "INFO", STREAM, message)))
    at = FIRST_DAY + timedelta(days=24, hours=11, minutes=20)
    lines.append((at, b"[Gemini] Cost calculated: $0.000231 (640 input + 10 output tokens)\n"))
    truth.broken = len(lines)
    return lines


def _line(at: datetime, level: str, logger: str, message: str) -> bytes:
    """Return one line as the logging of that day wrote it."""
    at = at.astimezone(ZONE)
    day, second, ms = (at - FIRST_DAY).days, f"{at:%Y-%m-%d %H:%M:%S}", at.microsecond // 1000
    if "[Groq]" in message:
        return f"{second} {message}\n".encode()
    if day in {9, 10}:
        text = f"{second} {second},{ms:03d} {level} [{logger}] {message}\r\n"
        return text.encode("ascii", "replace")
    if day in {17, 18}:
        return f"{second}.{ms:03d} | {level:<8} | {logger}:emit:{len(logger) * 7} - {message}\n".encode()
    return f"{second},{ms:03d} {level} [{logger}] {message}\n".encode()


def main() -> None:
    """Write the sample log beside the package's code."""
    content, truth = build()
    packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {len(packed):,} bytes, {truth.lines:,} lines, {truth.calls.total():,} calls")
    for key, calls in sorted(truth.calls.items(), key=str):
        print(f"  {key[0]:<10} {key[1] or '-':<28} {calls:>5}  ${truth.printed_cost[key] / 10**6:.6f} printed")


if __name__ == "__main__":
    main()
