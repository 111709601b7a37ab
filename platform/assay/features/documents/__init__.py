"""What leaves the platform as something to read: shared scorecards, letters, exports."""
