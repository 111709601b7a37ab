"""Positions: what a company hires for, whom it invited, and where everybody stands."""
