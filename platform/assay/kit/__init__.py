"""Generic helpers. No product words."""
