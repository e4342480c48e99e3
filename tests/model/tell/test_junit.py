"""An exploration as JUnit XML, read back as Jenkins and others do."""

from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from model.tell.told_stories import NAMES, explored, story_of
from requite.model.explore import Verdict
from requite.model.tell import junit, trace

ELEMENTS: Final[dict[str, tuple[set[str], set[str], set[str]]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "time", "timestamp", "hostname", "id", "package", "file"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"classname", "time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
"""For each element of the schema that we use: its attributes, needed and allowed; what is in it."""
ELEMENT_OF: Final = {Verdict.REFUTED: "failure", Verdict.NOT_FINISHED: "error"}


def read(text: str) -> ET.Element:
    """Read a document back."""
    return ET.fromstring(text)  # noqa: S314 - our own text.


def complaints(element: ET.Element) -> list[str]:
    """Return what the schema junit-10 has against an element and what is in it."""
    needed, allowed, inside = ELEMENTS[element.tag]
    found = [f"{element.tag} lacks {name}" for name in needed - element.attrib.keys()]
    found += [f"{element.tag} has {n}" for n in element.attrib.keys() - needed - allowed]
    found += [f"{element.tag} holds {child.tag}" for child in element if child.tag not in inside]
    return found + [text for child in element for text in complaints(child)]


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_to_the_schema(name: str) -> None:
    """Every element and attribute is one that the usual readers know."""
    root = read(junit(explored(name), seconds=True))
    assert root.tag == "testsuites"
    assert complaints(root) == []


def test_the_look_at_the_schema_sees_what_does_not_belong() -> None:
    """An attribute that nobody knows, or one that is missing, is complained of."""
    root = read('<testsuites><testsuite name="x" colour="red"/></testsuites>')
    assert sorted(complaints(root)) == [
        "testsuite has colour",
        "testsuite lacks errors",
        "testsuite lacks failures",
        "testsuite lacks tests",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_claim_is_a_test(name: str) -> None:
    """Refuted is a failure, not finished an error, proved neither; the totals say the same."""
    exploration = explored(name)
    (suite,) = read(junit(exploration))
    cases = suite.findall("testcase")
    for case, finding in zip(cases, exploration.findings, strict=True):
        named = (exploration.declared.name, finding.claim.name)
        assert (case.get("classname"), case.get("name")) == named
        found = [child.tag for child in case if child.tag in {"failure", "error"}]
        assert found == [tag for verdict, tag in ELEMENT_OF.items() if finding.verdict is verdict]
    totals = [int(suite.get(key, "")) for key in ("tests", "failures", "errors")]
    assert totals == [len(cases), len(suite.findall(".//failure")), len(suite.findall(".//error"))]


def test_a_failure_has_the_trace() -> None:
    """Whoever looks at the failure reads the whole story."""
    exploration = explored("refunds")
    failure = read(junit(exploration)).find(".//failure")
    assert failure is not None
    assert failure.text == trace(story_of(exploration))


def test_what_xml_cannot_hold_is_left_out() -> None:
    """A sentence with control characters in it still gives a document that can be read."""
    exploration = explored("refunds")
    first = replace(exploration.findings[0], says="a\x00b\x1b<&>")
    changed = replace(exploration, findings=(first, *exploration.findings[1:]))
    failure = read(junit(changed)).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "ab<&>"
