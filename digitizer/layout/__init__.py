"""Parts of ``registration``: where a form has its rows, columns and box, from print and lines."""
