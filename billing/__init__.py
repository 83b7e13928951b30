"""Billing: what you pay for, and what that allows."""
