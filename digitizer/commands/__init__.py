"""What each command of the command line does, from parsed arguments to exit code."""
