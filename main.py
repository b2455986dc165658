"""For a checkout: ``python main.py [FILE]`` is ``grapheditor [FILE]``."""

from grapheditor.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
