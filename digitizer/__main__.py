"""``python -m digitizer`` is the command ``digitizer``."""

import sys

# As ``errors.ExitCode`` has it; nothing of ours is imported before Ctrl+C is caught.
INTERRUPTED = 130


def main() -> int:
    """Run one command; return its exit status.

    Ctrl+C may come while the program itself is still being loaded, a second or two.
    """
    try:
        from digitizer import cli

        return cli.main()
    except KeyboardInterrupt:
        told = "digitizer: interrupted before it began; type the same command again"
        sys.stderr.write(f"{told}\n")
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
