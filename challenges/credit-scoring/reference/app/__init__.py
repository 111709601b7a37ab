"""Credit scoring over HTTP."""
