"""`python -m huntaze.launch COMMAND`: what the Makefile's targets call, inside `.venv`."""

import sys


def main(command: str = "run", *arguments: str) -> int:
    """Imports what the command needs and nothing else: a start is counted in tenths of a second."""
    if command == "run":
        from huntaze.launch.supervisor import run

        return run()
    from huntaze.launch.tools import TOOLS

    if command not in TOOLS:
        sys.stderr.write(f"{command} is none of run, {', '.join(sorted(TOOLS))}.\n")
        return 2
    return TOOLS[command](list(arguments))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
