"""What is assembled: settings, environment, routes, the ASGI application, health, launch."""
