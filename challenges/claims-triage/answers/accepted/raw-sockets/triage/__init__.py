"""Claims triage on asyncio streams and the standard library."""
