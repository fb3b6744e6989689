"""Reads the links, headings and command blocks of a Markdown page."""

import dataclasses
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(path for path in ROOT.glob("docs/*.md") if not path.name.endswith(".in.md"))])

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SHELL = {"sh", "bash", "shell", "console"}
MARK = re.compile(r"<!-- (run|not run: .+) -->")


def name_of(page):
    return str(page.relative_to(ROOT))


def prose(text):
    """The text without code."""
    return re.sub(r"``.+?``|`[^`\n]+`", "", FENCE.sub("", text))


def anchors(text):
    """The anchors that GitHub gives to headings."""
    names = []
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        names.append(f"{name}-{names.count(name)}" if name in names else name)
    return set(names)


def links(text):
    return LINK.findall(prose(text))


@dataclasses.dataclass
class Block:
    """Commands, the comment above them, and the output below them."""

    line: int
    text: str
    mark: str       # "run", "not run: why", or empty
    output: list    # lines; "..." in them matches anything


def shell_blocks(text):
    lines = text.splitlines()
    blocks = []
    i = 0
    while i < len(lines):
        if lines[i].startswith("```") and lines[i][3:].strip() in SHELL:
            end = lines.index("```", i + 1)
            above = next((line for line in reversed(lines[:i]) if line.strip()), "")
            mark = MARK.fullmatch(above)
            blocks.append(Block(i + 1, "\n".join(lines[i + 1:end]), mark[1] if mark else "", output_below(lines, end + 1)))
            i = end
        elif lines[i].startswith("```"):
            i = lines.index("```", i + 1)
        i += 1
    return blocks


def output_below(lines, i):
    """The indented block that follows directly."""
    while i < len(lines) and not lines[i].strip():
        i += 1
    output = []
    while i < len(lines) and lines[i].startswith("    "):
        output.append(lines[i].strip())
        i += 1
    return output
