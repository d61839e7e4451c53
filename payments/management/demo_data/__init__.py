"""Demo data: two years of payments that never happened, for `manage.py seed_demo`."""
