"""Work that is done once, whatever dies meanwhile."""
