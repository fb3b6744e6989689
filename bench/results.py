"""What was measured: a row a figure, and the tables made of them."""

import dataclasses
import json
import re
from pathlib import Path

BEGIN, END = "<!-- made by ./dev bench --readme -->", "<!-- end of what ./dev bench --readme makes -->"


class Failure(Exception):
    """A scenario that measured nothing worth showing."""


@dataclasses.dataclass
class Row:
    name: str
    value: float
    unit: str
    reference: float | None = None  # taken in the same run, in the same unit
    beside: str = ""                # what the reference is
    least_ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""
    headline: bool = False  # belongs into the README

    @property
    def ratio(self):
        return self.value / self.reference if self.reference else None

    @property
    def target(self):
        if self.least_ratio is not None:
            return f"ratio >= {self.least_ratio:.2f}"
        if self.at_least is not None:
            return f">= {number(self.at_least)}"
        return f"<= {number(self.at_most)}" if self.at_most is not None else ""

    @property
    def reached(self):
        if self.least_ratio is not None:
            return self.ratio is not None and self.ratio >= self.least_ratio
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value <= self.at_most if self.at_most is not None else None


def number(value):
    """Three digits that mean something, or all of a large whole number."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def columns(table, right):
    """`table` as lines of aligned columns; those in `right` to the right."""
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return ["  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                      for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in table]


def machine_text(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['compiler']}, "
            f"a synced write {machine['sync_ms']} ms; commit {machine['commit']}, {machine['date']}")


def text(results):
    table, notes = [("", "value", "unit", "beside it", "ratio", "target", "reached", "")], []
    for name, rows in results["scenarios"].items():
        table.append((f"[{name}]",) + ("",) * 7)
        for row in rows:
            if row.note and row.note not in notes:
                notes.append(row.note)
            beside = f"{number(row.reference)} {row.beside}" if row.reference else ""
            reached = "" if row.reached is None else "yes" if row.reached else "NO"
            mark = f"({notes.index(row.note) + 1})" if row.note else ""
            table.append(("  " + row.name, number(row.value), row.unit, beside,
                          f"{row.ratio:.2f}" if row.ratio else "", row.target, reached, mark))
    lines = [machine_text(results["machine"]), *machine_warnings(results["machine"]), ""]
    lines += columns(table, right={1, 4, 5})
    lines += [""] if notes else []
    lines += [f"({i}) {note}" for i, note in enumerate(notes, 1)]
    return "\n".join(lines) + "\n"


def machine_warnings(machine):
    if machine["load_before"] < 0.7:
        return []
    return [f"THE MACHINE WAS BUSY (load {machine['load_before']} before the start): these figures mean little."]


def dump(results):
    def plain(row):
        derived = {"ratio": row.ratio, "target": row.target, "reached": row.reached}
        return dataclasses.asdict(row) | derived
    return json.dumps(results | {"scenarios": {name: [plain(row) for row in rows]
                                               for name, rows in results["scenarios"].items()}}, indent=1) + "\n"


def load(path):
    results = json.loads(Path(path).read_text())
    names = {field.name for field in dataclasses.fields(Row)}
    results["scenarios"] = {name: [Row(**{k: v for k, v in row.items() if k in names}) for row in rows]
                            for name, rows in results["scenarios"].items()}
    return results


def readme_table(results):
    machine = results["machine"]
    lines = [f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['compiler']}, a synced "
             f"write {machine['sync_ms']} ms; {machine['date'][:10]}.", "",
             "| | measured | beside it, on the same core | ratio |", "| --- | ---: | ---: | ---: |"]
    for rows in results["scenarios"].values():
        for row in rows:
            if row.headline:
                beside = f"{number(row.reference)} {row.beside}" if row.reference else ""
                ratio = f"{row.ratio:.2f}" if row.ratio else ""
                lines.append(f"| {row.name} | {number(row.value)} {row.unit} | {beside} | {ratio} |")
    return "\n".join(lines)


def into_readme(readme, results):
    """`readme` with the table between the two comments made anew."""
    pattern = re.compile(f"({re.escape(BEGIN)}\n).*?(\n{re.escape(END)})", re.DOTALL)
    if not pattern.search(readme):
        raise SystemExit(f"bench: README.md has no lines {BEGIN} and {END}")
    return pattern.sub(lambda found: f"{found[1]}\n{readme_table(results)}\n{found[2]}", readme, count=1)
