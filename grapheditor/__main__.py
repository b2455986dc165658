"""``python -m grapheditor`` is ``grapheditor``."""

from grapheditor.cli import main

raise SystemExit(main())
