"""What others would have built for the same table: the peers of a measurement."""
