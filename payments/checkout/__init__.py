"""The customer's pages: choose a way to pay, wait for the truth, see how it ended."""
