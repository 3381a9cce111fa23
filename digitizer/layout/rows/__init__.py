"""Which rows of the table are signers': those that a scan lost, hid or made up."""
