"""Readers of files, each with limits: what is damaged, hostile or too large is refused by name and place."""
