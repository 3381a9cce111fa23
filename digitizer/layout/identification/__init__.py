"""Which form a page is, and which petition: what of its print is read, how well a form fits."""
