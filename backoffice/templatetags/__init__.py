"""Template tags of the backoffice."""
