"""The API's description, put together: what every app says of its operations, and the manners."""
