"""Parts of ``registration``: where a form has its rows and columns, from print and lines."""
