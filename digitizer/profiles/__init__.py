"""Validity profiles: what counts, as data; ``profiles`` reads them."""
