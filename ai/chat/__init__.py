"""Conversations: what was said, what of it a model is sent, and what becomes of it."""
