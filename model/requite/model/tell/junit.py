"""An exploration as JUnit XML, for whatever shows tests: one claim is one test.

Decides what a verdict is there: refuted is a failure with its trace, not finished is an error,
since what was not finished is never green. The elements are those that pytest writes as `xunit2`
and that Jenkins reads.
"""

from xml.etree import ElementTree as ET

from requite.model.explore.report import Exploration, Finding, Verdict
from requite.model.tell.summary import summary
from requite.model.tell.terminal import trace

__all__ = ("junit",)


def junit(exploration: Exploration, *, seconds: bool = False) -> str:
    """Return an exploration as JUnit XML.

    Args:
        exploration: what was found.
        seconds: whether to say how long it took, which is another number each time.
    """
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=f"requite.explore.{exploration.declared.name}",
        tests=str(len(exploration.findings)),
        failures=str(_number(exploration, Verdict.REFUTED)),
        errors=str(_number(exploration, Verdict.NOT_FINISHED)),
        skipped="0",
    )
    if seconds:
        suite.set("time", f"{exploration.seconds:.3f}")
    for finding in exploration.findings:
        suite.append(_case(exploration, finding))
    ET.SubElement(suite, "system-out").text = _legal(summary(exploration))
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, "unicode") + "\n"


def _number(exploration: Exploration, verdict: Verdict) -> int:
    return sum(finding.verdict is verdict for finding in exploration.findings)


def _case(exploration: Exploration, finding: Finding) -> ET.Element:
    case = ET.Element("testcase", classname=exploration.declared.name, name=finding.claim.name)
    said = f"{finding.claim.value}\n{finding.verdict.value}: {finding.says}\n"
    match finding.verdict:
        case Verdict.REFUTED:
            failure = ET.SubElement(case, "failure", message=_legal(finding.says), type="refuted")
            failure.text = _legal(said if finding.story is None else trace(finding.story))
        case Verdict.NOT_FINISHED:
            error = ET.SubElement(case, "error", message=_legal(finding.says), type="not finished")
            error.text = _legal(said)
        case Verdict.PROVED_FOR_ALL | Verdict.PROVED_UP_TO_N:
            ET.SubElement(case, "system-out").text = _legal(said)
    return case


def _legal(text: str) -> str:
    """Leave out what XML 1.0 has no way to write (section 2.2: control characters)."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
