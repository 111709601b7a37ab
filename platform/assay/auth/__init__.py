"""Who is asking: passwords, sessions, links, keys, tokens."""
