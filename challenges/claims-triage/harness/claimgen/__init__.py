"""Claims with documents, and the exact truth about them: pure, seeded, standard library only."""
