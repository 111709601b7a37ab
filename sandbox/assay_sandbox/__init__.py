"""Run untrusted containers with limits, and say truthfully what happened to them."""
