"""The first page's numbers: what was chosen, what it comes to, and how it is drawn."""
