"""`python -m tests.fakes.stripe --port 12111`: runs until interrupted, and says how to reach it."""

import argparse
import os
import signal
import sys

from tests.fakes.stripe.fake import running_stripe

ENDS = {signal.SIGINT, signal.SIGTERM}


def main() -> None:
    """Keys are taken from the environment where they are set, so that a restart keeps them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.stripe")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--endpoint", default="", help="deliver every event to this URL")
    asked = parser.parse_args()
    # Before any thread, so that none takes it away from sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    secrets = (os.environ.get(f"STRIPE_{name}", "") for name in ("SECRET_KEY", "WEBHOOK_SECRET"))
    with running_stripe(asked.port, *secrets) as stripe:
        stripe.endpoint_url, stripe.auto_deliver = asked.endpoint, True
        stripe.courier.retries = 10
        sys.stdout.write(f"STRIPE_API_BASE={stripe.url}\n")
        sys.stdout.write(f"STRIPE_SECRET_KEY={stripe.secret_key}\n")
        sys.stdout.write(f"STRIPE_WEBHOOK_SECRET={stripe.webhook_secret}\n")
        sys.stdout.flush()
        signal.sigwait(ENDS)


if __name__ == "__main__":
    main()
