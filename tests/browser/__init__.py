"""The product as a person meets it: a real server, real mail, a real browser."""
