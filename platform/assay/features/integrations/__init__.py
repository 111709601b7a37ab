"""What other systems are told of assessments, and what they may ask for."""
