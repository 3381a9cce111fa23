"""Turn scanned petition sheets into records that an office can defend."""

__version__ = "0.1.0"
