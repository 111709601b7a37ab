"""Language models behind an OpenAI-compatible API: an honest simulator that answers by rules."""
