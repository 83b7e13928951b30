"""What the API's description says of generating: its frames, its failures, its operations."""
