"""For authors: load a challenge, write its trees, keep its brief true. No database, no engine."""
