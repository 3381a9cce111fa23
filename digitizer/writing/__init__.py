"""Parts of ``segment``: the ink of a page, whose it is, and what it is."""
