"""`python -m digitlab` is the command `digitlab`."""

from digitlab.cli.main import main

if __name__ == "__main__":
    main()
