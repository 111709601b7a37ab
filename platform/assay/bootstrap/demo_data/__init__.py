"""The demo data set: candidates who came in by real pushes, recorded once, shown everywhere."""
