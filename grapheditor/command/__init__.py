"""The verbs that learn from data or use what was learned, each in a file of its own, and what all verbs share."""
