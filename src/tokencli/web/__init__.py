"""What programs and pages ask tokencli itself: health, models, providers, sessions, exports."""
