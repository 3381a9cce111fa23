"""What is printed on a page: wordings, where labels end, lines to write on, the printed row."""
