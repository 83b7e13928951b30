"""`python -m huntaze.launch COMMAND`: what the Makefile and the container call."""

import sys


def main(command: str = "run", *arguments: str) -> int:
    """Imports what the command needs and nothing else: a start is counted in tenths of a second."""
    if command == "run":
        from huntaze.launch.supervisor import run

        return run()
    if command in {"serve", "healthy"}:
        from huntaze.launch import serve

        if command == "serve":
            serve.serve()
        return serve.healthy()
    from huntaze.launch.tools import TOOLS

    if command not in TOOLS:
        known = ", ".join(["run", "serve", "healthy", *sorted(TOOLS)])
        sys.stderr.write(f"{command} is none of {known}.\n")
        return 2
    return TOOLS[command](list(arguments))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
