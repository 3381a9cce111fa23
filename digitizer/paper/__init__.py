"""Parts of ``rectify``: the sheet on its picture, and how it lies."""
