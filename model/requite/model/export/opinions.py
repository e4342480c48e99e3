"""What other checkers say of an exported text; each is run where it is installed.

Decides how SPIN, rumur and z3 are called, and what of their output is the verdict. An output that
is not understood, and a search that was not finished, are errors: neither is taken for a proof.
"""

import platform
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Final

from requite.model.export.asking import Asking, OpinionError, ToolMissingError

__all__ = ("Opinion", "OpinionError", "ToolMissingError", "rumur", "spin", "z3")

TIMEOUT_S: Final = 120.0
SPIN_FLAGS: Final = (
    "-DBFS",
    "-DNOREDUCE",
    "-DMEMLIM=2048",  # MiB: more than any search within the time needs.
    "-DVECTORSZ=8192",  # Octets of one state: as many sessions and counts as can be exported.
)
RUMUR_OPTIONS: Final = (
    *("--deadlock-detection", "off"),  # An invariant of the text says what must be able to move.
    *("--symmetry-reduction", "exhaustive"),  # Exact, and without effect where all is told apart.
    *("--threads", "1"),  # Breadth first, so that the trace is a shortest one.
    *("--output-format", "machine-readable"),
)
CHECK: Final = "\n(check-sat)\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a checker says."""

    tool: str
    states: int | None = None
    """How many states it has stored; None where it stores none."""
    broken: str | None = None
    """What is wrong, in the words of the text; None where everything is proved."""
    trace: int | None = None
    """How many steps lead there; None where none are needed."""
    search_s: float | None = field(default=None, compare=False)
    """The real time of its search alone, compiled before; None where it is not known."""

    @property
    def proved(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None

    def __str__(self) -> str:
        states = "" if self.states is None else f", {self.states:,} states"
        if self.broken is None:
            return f"{self.tool}: proved{states}"
        steps = "" if self.trace is None else f" after {self.trace} steps"
        return f"{self.tool}: refuted{steps}{states}: {self.broken}"


def spin(text: str, *, timeout_s: float = TIMEOUT_S, optimise: str = "-O2") -> Opinion:
    """Ask SPIN about a text in Promela, breadth first.

    Args:
        text: what `promela` has returned.
        timeout_s: the real time that everything together may take, compiling included.
        optimise: how hard the compiler tries; small searches are over sooner with -O0 or -O1.

    Raises:
        ToolMissingError: SPIN or a C compiler is not installed.
        OpinionError: it came to no verdict.
    """
    with Asking("spin", timeout_s) as asking:
        asking.write("model.pml", text)
        asking.run("spin", "-a", "model.pml")
        asking.run("gcc", optimise, *SPIN_FLAGS, "-o", "pan", "pan.c")
        began = time.monotonic()
        said = asking.run("./pan")
        search_s = time.monotonic() - began
    stored = re.search(r"(\d+) states, stored", said)
    broken = re.search(r"pan:\d+: assertion violated \(?(.*?)\)? \(at depth (\d+)\)", said)
    if stored and broken:
        return Opinion(
            tool="spin",
            states=int(stored[1]),
            broken=broken[1],
            trace=int(broken[2]),
            search_s=search_s,
        )
    if not stored or "errors: 0\n" not in said or "not completed" in said:
        raise OpinionError.after("spin", said)
    return Opinion(tool="spin", states=int(stored[1]), search_s=search_s)


def rumur(text: str, *, timeout_s: float = TIMEOUT_S, optimise: str = "-O2") -> Opinion:
    """Ask rumur about a text in Murphi, breadth first.

    Args:
        text: what `murphi` has returned.
        timeout_s: the real time that everything together may take, compiling included.
        optimise: how hard the compiler tries; small searches are over sooner with -O0 or -O1.

    Raises:
        ToolMissingError: rumur or a C compiler is not installed.
        OpinionError: it came to no verdict.
    """
    # What it writes swaps two words at once, which older processors of this kind could not.
    wide = ("-mcx16",) if platform.machine() in {"x86_64", "AMD64"} else ("-latomic",)
    with Asking("rumur", timeout_s) as asking:
        asking.write("model.m", text)
        asking.run("rumur", *RUMUR_OPTIONS, "--output", "model.c", "model.m")
        asking.run("gcc", optimise, "-o", "model", "model.c", "-lpthread", *wide)
        began = time.monotonic()
        said = asking.run("./model", refuting=1)
        search_s = time.monotonic() - began
    try:
        report = ET.fromstring(said)  # noqa: S314 - by a program that was made just now.
    except ET.ParseError:
        raise OpinionError.after("rumur", said) from None
    summary, error = report.find("summary"), report.find("error")
    if summary is None:
        raise OpinionError.after("rumur", said)
    states = int(summary.attrib["states"])
    if error is None:
        return Opinion(tool="rumur", states=states, search_s=search_s)
    steps = len(error.findall("transition")) - 1  # The first one is the start.
    broken = error.findtext("message", "something, which it does not name")
    return Opinion(tool="rumur", states=states, broken=broken, trace=steps, search_s=search_s)


def z3(text: str, *, timeout_s: float = TIMEOUT_S) -> Opinion:
    """Ask z3 about a text in SMT-LIB, row by row.

    Args:
        text: what `smtlib` has returned.
        timeout_s: the real time that everything together may take.

    Raises:
        ToolMissingError: z3 is not installed.
        OpinionError: it came to no verdict.
    """
    with Asking("z3", timeout_s) as asking:
        asking.write("model.smt2", text)
        said = asking.run("z3", "model.smt2").splitlines()
        rows, answers = said[::2], said[1::2]
        if len(answers) != text.count(CHECK) or not {"sat", "unsat"}.issuperset(answers):
            raise OpinionError.after("z3", "\n".join(said))
        if "sat" not in answers:
            return Opinion(tool="z3")
        first = answers.index("sat")
        asking.write("model.smt2", _with_numbers(text, first))
        numbers = asking.run("z3", "model.smt2").rpartition("\nsat\n")[2]
    pairs = re.findall(r"\((\w+) (\d+)\)", numbers)
    found = ", ".join(f"{name} is {number}" for name, number in pairs if number != "0")
    others = [row for row, answer in zip(rows, answers, strict=True) if answer == "sat"][1:]
    broken = "; ".join((f"{rows[first]}, such as when {found}", *others))
    return Opinion(tool="z3", broken=broken)


def _with_numbers(text: str, number: int) -> str:
    """Return a text up to one of its checks, and ask for the numbers of its answer."""
    asked = CHECK.join(text.split(CHECK)[: number + 1])
    names = re.findall(r"\(declare-const (\w+) Int\)", asked.rpartition("; --- ")[2])
    return f"{asked}{CHECK}(get-value ({' '.join(names)}))\n"
