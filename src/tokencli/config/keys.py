"""The words of config.toml: its sections, the keys of each, and the bounds of their numbers."""

from __future__ import annotations

BUILTIN_PLACE = "the built-in config.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PROVIDER_TYPES = ("anthropic", "gemini", "kimi", "openai", "openai_legacy", "openai_responses")
OTHER_TYPES = {"google_genai": "gemini"}
SECTIONS = ("providers", "models", "report", "limits", "server", "privacy")
PROVIDER_KEYS = (
    "type",
    "base_url",
    "api_key",
    "api_key_env",
    "on_disconnect",
    "drain_max_s",
    "timeout_s",
    "rpm",
    "include_usage",
    "rewrite_model",
    "set_key",
)
MODEL_KEYS = ("provider", "model", "max_context_size", "capabilities", "price")
REPORT_KEYS = ("week_start", "time_zone")
LIMIT_KEYS = ("daily_usd", "weekly_usd", "monthly_usd")
ON_DISCONNECT = ("cancel", "drain")
MOST_SECONDS = 86_400
MOST_USD = 1_000_000
MOST_TOKENS = 2**40
SERVER_NUMBERS = {
    "port": ("port", 65_535, 1),
    "max_request_mb": ("max_request_bytes", 1024, 2**20),
    "max_measured_mb": ("measured_bytes", 1024, 2**20),
    "header_timeout_s": ("header_timeout_s", MOST_SECONDS, 1),
    "body_timeout_s": ("body_timeout_s", MOST_SECONDS, 1),
    "drain_s": ("drain_s", MOST_SECONDS, 1),
}
"""The numbers of [server]: each one's field, the most it may be, and what one of its units is in the field's."""
AMOUNTS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
"""The amounts of a price, in dollars per million tokens."""
PRICE_WORDS = ("free", "subscription")
