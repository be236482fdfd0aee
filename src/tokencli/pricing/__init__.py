"""UsageEvent -> Charge: dated price cards and the exact arithmetic that applies them."""
