"""Who signed twice: names, records and pairs of them."""
