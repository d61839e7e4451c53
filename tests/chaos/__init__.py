"""Pay, kill, lose answers, and see that hub and provider agree to the cent: `make chaos`."""
