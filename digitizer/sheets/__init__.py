"""From a decoded page to its sheets, each upright, straight and known; parts of ``pipeline``."""
