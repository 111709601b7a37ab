"""Inviting candidates, and their sittings from the start to the result."""
