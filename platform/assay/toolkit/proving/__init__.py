"""Proving a challenge: what is run, what it must show, and what was found. No engine, no clock."""
