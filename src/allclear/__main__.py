"""`python -m allclear` is the command `allclear`."""

from allclear.config.cli import main

main()
