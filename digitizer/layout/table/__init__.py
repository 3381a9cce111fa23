"""The signer table: found among rulings, lines or cards, with its columns, rows and cells."""
