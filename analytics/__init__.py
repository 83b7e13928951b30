"""Analytics: what happened: events in, figures out."""
