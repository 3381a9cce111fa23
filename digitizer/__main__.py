"""``python -m digitizer`` is the command ``digitizer``."""

from digitizer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
