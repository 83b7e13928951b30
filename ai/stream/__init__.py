"""The stream log: numbered frames of a generation, written by one task, followed by many."""
