"""How long personal data stays, and what is deleted when."""
