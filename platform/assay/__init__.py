"""Assay: hands-on take-home assessments in production ML engineering."""
