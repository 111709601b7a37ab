"""An evaluation as it happens, for browsers that watch."""
