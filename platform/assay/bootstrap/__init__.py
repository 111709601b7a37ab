"""The only layer that knows every concrete class: it builds them and hands them over."""
