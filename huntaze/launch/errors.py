"""What stops a launch, said in one plain sentence."""


class LaunchError(Exception):
    """Shown to the user as it is, without a traceback."""
