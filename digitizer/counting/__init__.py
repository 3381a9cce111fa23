"""Numbers of a workspace: what counts, what waits, how good it is, what it teaches."""
