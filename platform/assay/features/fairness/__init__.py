"""Whether a position treats its candidates alike, as far as figures can tell."""
