"""Git over HTTP: clone and push with the real client."""
