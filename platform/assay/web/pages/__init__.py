"""Pages for people: candidates, and the hiring team."""
