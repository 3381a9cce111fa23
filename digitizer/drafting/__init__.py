"""Draft a form definition from a page: its columns, fields, title and box by their wording."""
