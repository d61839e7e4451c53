"""`GET /analytics/{name}/json|jsonl|csv`."""
