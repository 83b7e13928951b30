"""Apart from tests/server, whose shared server would take the jobs: it runs a worker inside."""
