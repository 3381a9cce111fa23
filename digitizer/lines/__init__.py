"""A page's ruled lines: traced, put together to tables, and what bends them."""
