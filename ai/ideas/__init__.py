"""Lists of ideas: asked for as structured answers, read, kept."""
