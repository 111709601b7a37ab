"""Is this machine fit to evaluate on? Every doubt comes with its remedy."""
