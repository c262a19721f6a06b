"""How fast, and only where the work was the same."""
