"""What the candidate's service exported, what its own rules make of it, and how true both are."""
