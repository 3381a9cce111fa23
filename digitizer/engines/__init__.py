"""Reading ink and print: recogniser, decoding under grammars, cells, Tesseract."""
