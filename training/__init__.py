"""Code that trains, calibrates and measures; imported by ``digitizer`` on request alone."""
