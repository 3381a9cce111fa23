"""What a text that was read means: spellings, days, names, dittos; parts of ``rules``."""
