"""Parts of ``store``: a workspace's tables, and every statement about them."""
