"""Same checkpoint, same answer: the comparison, its budget, and the checks."""
