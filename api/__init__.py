"""Api: the manners that every endpoint shares; knows no domain."""
