"""What people say about a submission: reviews, overrides, decisions, and who did what."""
