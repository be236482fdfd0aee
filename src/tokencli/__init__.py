"""Where your LLM tokens and money go: exact, explainable, local."""

__version__ = "0.1.0"
