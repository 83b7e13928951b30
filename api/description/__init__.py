"""How the API describes itself: what an operation says, how it fails, which headers it speaks."""
