"""The API under /api/v1: for programs, by key or from a signed-in browser."""

PREFIX = "/api/v1"
