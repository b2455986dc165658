"""The window: Qt only. Reads the catalogue, edits the document, talks to the engine; never imports torch."""
