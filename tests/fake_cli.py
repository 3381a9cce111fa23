"""The command line with a page function that reads no pixels, for subprocesses."""

import sys

from fake_pages import read_text_page

from digitizer import cli, execution

if __name__ == "__main__":
    execution.process_page = read_text_page
    raise SystemExit(cli.main(sys.argv[1:]))
