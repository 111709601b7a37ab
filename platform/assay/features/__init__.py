"""Vertical slices of the product. They never import each other."""
