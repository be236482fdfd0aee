"""What `doctor` looks at: one module for each part of its screen, and `asking`, which speaks to providers."""
