"""Accounts: who you are."""
