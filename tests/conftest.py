"""What holds for all tests."""

import signal

# A script that starts them in the background lets them ignore an interrupt, and so would every program they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
