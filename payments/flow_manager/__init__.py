"""An outside Flow Manager: what it commands, and what it is told (docs/flow-manager.md)."""
