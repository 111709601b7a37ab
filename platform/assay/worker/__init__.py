"""Takes evaluations from the queue and runs them."""
