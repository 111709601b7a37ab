"""What somebody did, kept for ever."""
