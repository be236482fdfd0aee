"""What a provider's own counts teach about estimates of its prompts; pure, and it holds no text.

The two constants were chosen with `tools/fit_estimator.py --report` over conversations that grow call by call,
where a larger weight is better, and over unrelated calls, where a smaller one is; docs/reference/estimates.md has
the errors.
"""

from __future__ import annotations

from dataclasses import dataclass

WEIGHT = 0.3
"""How much the newest call counts: what came before keeps 1 - WEIGHT of its say."""

PRIOR_TOKENS = 300
"""So many tokens speak for a ratio of 1, so that a tiny first call does not decide about a large second one."""

_LOWEST = 0.25
_HIGHEST = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Moving sums of the real and the estimated tokens of one provider and model.

    The ratio of the sums, not the mean of ratios: a call counts by its size. No call counts as more than four
    times too low or too high, since a count beyond that holds what the request did not (a search's results).
    """

    real: float = 0.0
    estimated: float = 0.0
    samples: int = 0

    @property
    def ratio(self) -> float:
        """Return real / estimated tokens, 0.25..4; 1 before anything was learned."""
        return (PRIOR_TOKENS + self.real) / (PRIOR_TOKENS + self.estimated)

    def updated(self, real: int, estimated: float) -> Calibration:
        """Return the calibration after one more call; a count that is not positive teaches nothing."""
        if real <= 0 or estimated <= 0:
            return self
        seen = min(max(real, estimated * _LOWEST), estimated * _HIGHEST)
        return Calibration(
            real=(1 - WEIGHT) * self.real + seen,
            estimated=(1 - WEIGHT) * self.estimated + estimated,
            samples=self.samples + 1,
        )

    def applied(self, estimated: float) -> int:
        """Return an estimate in whole tokens, corrected by the ratio and never negative."""
        return max(0, round(estimated * self.ratio))
