"""The documentation of the rules, made from the rules: a page for each code, and an index.

python -m digitlab.checker.pages docs/checks
"""

from __future__ import annotations

import sys
from pathlib import Path

from digitlab.checker.findings import Rule
from digitlab.files import write_text

INDEX = "README.md"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    from digitlab.training.start import start_tensorflow

    start_tensorflow()
    from digitlab.checker.rules import RULES

    return {INDEX: _index(RULES), **{file_name(rule): _page(rule) for rule in RULES}}


def file_name(rule: Rule) -> str:
    """Of a rule's page: «DL101-softmax-twice.md»."""
    return f"{rule.code}-{rule.slug}.md"


def _index(rules: tuple[Rule, ...]) -> str:
    severities = "An error makes the training pointless or its result wrong; a warning costs accuracy, or is not meant."
    rows = [f"| [{rule.code}]({file_name(rule)}) | {rule.severity} | {rule.title} |" for rule in rules]
    return "\n".join(
        [
            "# What `digitlab check` looks for",
            "",
            severities,
            "",
            "| code | severity | what is wrong |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _page(rule: Rule) -> str:
    return "\n".join(
        [
            f"# {rule.code} {rule.slug}",
            "",
            f"**{rule.severity.capitalize()}: {rule.title}.**",
            "",
            rule.why,
            "",
            "Wrong:",
            "",
            f"```python\n{rule.wrong}\n```",
            "",
            "Right:",
            "",
            f"```python\n{rule.right}\n```",
            "",
        ]
    )


def main() -> None:
    """Write all pages into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        write_text(folder / name, text)


if __name__ == "__main__":
    main()
