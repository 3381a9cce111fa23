"""The collector's box: its labels, and where each answer is written."""
