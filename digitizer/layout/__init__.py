"""Parts of ``registration``: which form a page is, and where its rows and columns lie.

The form (``identification``) and the rows that a scan spoiled (``rows``) are told on the form's
table (``table``), and all of them by what is printed (``print``).
"""
