"""Scorecards: `result.json` for programs, `report.html` for people, both from the evidence."""
