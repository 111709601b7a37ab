"""Is a challenge sound? One rule a file; every finding has a place and says what to do."""
