"""What a challenge's authors and operators see: how it fares, and grading again."""
