"""Pictures of fields, rows and pages, for people who are signed in."""

ROUTES = []  # type: ignore[var-annotated]
