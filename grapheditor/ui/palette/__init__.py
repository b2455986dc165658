"""The palette: all operators by category, and the search box of the canvas."""
