"""Implement the engine's ports with real things: the sandbox, git, files."""
