"""Writes the documentation of the rules: a page for each code, and an index.

python -m digitlab.checker.pages docs/checks
"""

import sys
from pathlib import Path

from digitlab.base.files import write_text
from digitlab.checker.rule import Rule

INDEX = "README.md"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    from digitlab.training.start import start_tensorflow

    start_tensorflow()
    from digitlab.checker.rules import RULES

    return {INDEX: _index(RULES), **{file_name(rule): _page(rule) for rule in RULES}}


def file_name(rule: Rule) -> str:
    """The file name of a rule's page: "DL101-softmax-twice.md"."""
    return f"{rule.code}-{rule.slug}.md"


def _index(rules: tuple[Rule, ...]) -> str:
    rows = "".join(f"| [{rule.code}]({file_name(rule)}) | {rule.severity} | {rule.title} |\n" for rule in rules)
    return (
        "# What `digitlab check` looks for\n\n"
        "An error makes the training pointless or its result wrong; a warning costs accuracy, or is probably not "
        "intended.\n\n"
        f"| code | severity | what is wrong |\n| --- | --- | --- |\n{rows}"
    )


def _page(rule: Rule) -> str:
    return (
        f"# {rule.code} {rule.slug}\n\n**{rule.severity.capitalize()}: {rule.title}.**\n\n{rule.why}\n\n"
        f"Wrong:\n\n```python\n{rule.wrong}\n```\n\nRight:\n\n```python\n{rule.right}\n```\n"
    )


def main() -> None:
    """Write all pages into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        write_text(folder / name, text)


if __name__ == "__main__":
    main()
