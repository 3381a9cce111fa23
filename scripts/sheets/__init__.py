"""Draws petition sheets, fills them, degrades them, and knows what they say."""
