"""Facts to verdicts to points. Pure: no IO, no clock, no chance, no environment."""
