"""The incidents stage in parts: the timeline, its traffic, its carrying out, its facts."""
