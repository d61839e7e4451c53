"""The project: wiring on top, the shared kernel at the bottom."""
