"""The engine: a process of its own that knows torch, and the typed messages by which the window talks to it."""
