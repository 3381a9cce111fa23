"""Form definitions (TOML data) and the reader that checks one."""
