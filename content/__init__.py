"""Content: what you make: drafts, revisions, publishing."""
