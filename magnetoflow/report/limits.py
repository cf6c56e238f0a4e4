"""What is too much for one HTML file."""

LARGEST_TABLE = 1_000_000
"""A larger table [bytes] is named with its path, and not in the report."""
MOST_FIGURES = 300
"""With more figures of single events, those of a study are named with their path, and not in the report."""
