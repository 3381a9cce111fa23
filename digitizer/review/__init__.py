"""Review of doubtful fields in a browser, served over a workspace."""
