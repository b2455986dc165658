"""Runs: their folders, records and metrics, who is running them, and how one speaks with them. Without torch and Qt."""
