"""Run untrusted containers with limits, and say truthfully what happened. Knows nothing of challenges."""
