"""What can be done to a running container, and undone: one registry, levers for each engine."""
