"""For who writes a challenge: one that works, to change; and patches without writing diffs."""
