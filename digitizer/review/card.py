"""The field card: one doubtful field, decided from the keyboard."""

ROUTES = []  # type: ignore[var-annotated]
