"""The colours and type of a picture, for light and dark pages.

Decides how it looks. Every rule stands under one class, so that none leaks into the page around
it. Each colour is written twice, plainly and as a custom property: some renderers know no custom
properties and keep the plain one, which is the light scheme.
"""

from collections.abc import Iterator

__all__ = ("EXIT", "HUES", "ROOT", "hue_of", "sheet")

ROOT = "requite-drawing"
LIGHT = {
    "ink": "#1f2328",
    "quiet": "#57606a",
    "rule": "#d0d7de",
    "line": "#6e7781",
    "fill": "#8c959f",
    "exit": "#c4273f",
    "hue-0": "#0969da",
    "hue-1": "#8a5a00",
    "hue-2": "#0b7a75",
    "hue-3": "#7d4cc9",
    "hue-4": "#3f7a1f",
    "hue-5": "#9a4a1c",
    "hue-6": "#a1308a",
    "hue-7": "#4a6580",
}
DARK = {
    "ink": "#e6edf3",
    "quiet": "#9aa4ae",
    "rule": "#3a424b",
    "line": "#8b949e",
    "fill": "#8b949e",
    "exit": "#ff7b86",
    "hue-0": "#6cb2ff",
    "hue-1": "#e3b54a",
    "hue-2": "#4fd0c4",
    "hue-3": "#c3a5ff",
    "hue-4": "#8fd16f",
    "hue-5": "#f0a477",
    "hue-6": "#f095dc",
    "hue-7": "#a3bfd9",
}
HUES = sum(name.startswith("hue-") for name in LIGHT)
"""How many colours there are for resources; a lifecycle with more begins again at the first."""
EXIT = LIGHT["exit"]
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
RULES: tuple[tuple[str, str, str], ...] = (
    ("text", "fill", "ink"),
    (".quiet", "fill", "quiet"),
    (".exit .out, {}.exit .out-name", "fill", "exit"),
    (".wire", "stroke", "line"),
    (".tip", "fill", "line"),
    (".exit .wire", "stroke", "exit"),
    (".exit .tip", "fill", "exit"),
    (".rule", "stroke", "rule"),
    (".box", "stroke", "line"),
    (".box", "fill", "fill"),
    (".begin", "fill", "ink"),
    (".mark", "fill", "line"),
    (".exit .mark", "fill", "exit"),
)
PLAIN = """\
{} { font-family: FONT; }
{}.name, {}.out-name, {}.target-name { font-weight: 600; }
{}.wire, {}.rule { fill: none; stroke-width: 1.5; }
{}.rule { stroke-width: 1; }
{}.taken { stroke-dasharray: 2 3; }
{}.box { fill-opacity: .1; stroke-width: 1.2; }
{}.asks .box { stroke-dasharray: 5 3; }
{}.band { fill-opacity: .2; stroke-width: 1; stroke-opacity: .55; }
{}.ring { fill: none; stroke-width: 2; }
{}.near { fill: none; stroke: none; stroke-width: 9; pointer-events: stroke; }
{}g[data-source]:hover .wire { stroke-width: 3; }
{}.event:hover { text-decoration: underline; }
{}.mark { opacity: .6; }
{}.tick:hover .mark { opacity: 1; }
"""


def hue_of(number: int) -> str:
    """Return the colour of the resource that is declared at a place, for light pages."""
    return LIGHT[f"hue-{number % HUES}"]


def sheet() -> str:
    """Return the style sheet of a picture."""
    root = f".{ROOT}"
    return "\n".join(
        (
            f"{root} {{ {_properties(LIGHT)} }}",
            PLAIN.replace("{}", f"{root} ").replace("FONT", FONT).rstrip(),
            *_coloured(root),
            f"@media (prefers-color-scheme: dark) {{ {root} {{ {_properties(DARK)} }} }}",
            f'body[data-theme="light"] {root} {{ {_properties(LIGHT)} }}',
            f'body[data-theme="dark"] {root} {{ {_properties(DARK)} }}',
        )
    )


def _properties(colours: dict[str, str]) -> str:
    return " ".join(f"--rq-{name}: {value};" for name, value in colours.items())


def _coloured(root: str) -> Iterator[str]:
    for selector, what, colour in RULES:
        where = f"{root} " + selector.replace("{}", f"{root} ")
        yield f"{where} {{ {_twice(what, colour)} }}"
    for colour in (name for name in LIGHT if name.startswith("hue-")):
        hue = f"{root} .{colour}"
        yield f"{hue} .band, {hue} .ring {{ {_twice('stroke', colour)} }}"
        yield f"{hue} .band, {hue} .lane-name, {root} .dot.{colour} {{ {_twice('fill', colour)} }}"


def _twice(what: str, colour: str) -> str:
    return f"{what}: {LIGHT[colour]}; {what}: var(--rq-{colour});"
