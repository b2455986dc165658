"""The data sources that ship, one file a family; each is a small typed function."""
