"""Pages, the REST interface and git over HTTP: translates, nothing else."""
