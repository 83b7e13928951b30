"""Tags of what was asked of models."""
