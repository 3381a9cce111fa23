"""Code that trains, calibrates and measures; never imported by ``digitizer``."""
