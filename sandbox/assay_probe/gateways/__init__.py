"""Stand-ins for what a service depends on, and the ways in which they fail."""
