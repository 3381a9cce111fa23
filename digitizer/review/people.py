"""Who reviews, how fast, and how far they agree."""

ROUTES = []  # type: ignore[var-annotated]
