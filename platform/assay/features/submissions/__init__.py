"""Pushes and the evaluations that come of them."""
