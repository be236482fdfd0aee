"""What a provider's own counts teach about estimates of its prompts; pure, and it holds no text."""

from __future__ import annotations

from dataclasses import dataclass

_WEIGHT = 0.3
_LOWEST = 0.25
_HIGHEST = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The moving mean of real / estimated tokens of one provider and model, kept within 0.25..4."""

    ratio: float = 1.0
    samples: int = 0

    def updated(self, real: int, estimated: int) -> Calibration:
        """Return the calibration after one more call; a count that is not positive teaches nothing."""
        if real <= 0 or estimated <= 0:
            return self
        seen = real / estimated if real < estimated * _HIGHEST else _HIGHEST
        seen = max(seen, _LOWEST)
        ratio = seen if self.samples == 0 else self.ratio + _WEIGHT * (seen - self.ratio)
        return Calibration(ratio=ratio, samples=self.samples + 1)

    def applied(self, estimated: int) -> int:
        """Return the estimate in tokens, corrected by the ratio and never negative."""
        return max(0, round(estimated * self.ratio))
