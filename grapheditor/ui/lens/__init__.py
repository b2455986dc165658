"""The tensor lens: what the nodes of a network give, seen in training, in a pause, before it and after it."""
