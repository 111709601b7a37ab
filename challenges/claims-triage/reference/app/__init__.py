"""Claims triage over HTTP: reads claims with a language model, decides by rules."""
