"""The template language of mails: Jinja's syntax, cut down to what is listed here, over declared variables only.

A template may write variables, through a few filters, decide with `if` and walk a declared list with `for`. It calls
nothing, computes nothing and reaches no attribute of Python: what it costs is bounded by its size and the lists' lengths.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

MOST_SOURCE = 64 * 1024  # characters of one template
MOST_OUTPUT = 256 * 1024  # characters of one rendering
_DEEPEST_LOOPS = 2
FILTERS: Final = ("upper", "lower", "capitalize", "title", "trim", "default", "length", "first", "last", "e", "escape")
TESTS: Final = ("defined", "none")
_OF_LOOPS = ("index", "first", "last")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.If, nodes.For, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip


class TemplateRefused(Exception):
    """Say in a sentence, with the line where it is known, why a template may not or cannot be used."""


class _Environment(ImmutableSandboxedEnvironment):
    """Look into mappings and at nothing else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in _OF_LOOPS:
            return getattr(obj, argument)
        return self.undefined(obj=obj, name=argument)


def _environment(*, html: bool) -> _Environment:
    made = _Environment(
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=0,
        loader=None,
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


_HTML = _environment(html=True)
_TEXT = _environment(html=False)


def check(source: str, *, variables: Mapping[str, Any]) -> None:
    """Refuse what is not in the language, and names that are not among `variables`. Raises TemplateRefused."""
    if len(source) > MOST_SOURCE:
        raise TemplateRefused(f"A template has {MOST_SOURCE} characters at most.")
    try:
        tree = _TEXT.parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateRefused(f"Line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise TemplateRefused("It is nested too deeply.") from None
    _walk(tree, frozenset(variables), 0)


def render_html(source: str, variables: Mapping[str, Any]) -> Markup:
    """Render with every value escaped. Raises TemplateRefused."""
    # The environment escapes: what comes out is markup by construction.
    return Markup(_render(_HTML, source, variables))  # noqa: S704


def render_text(source: str, variables: Mapping[str, Any]) -> str:
    """Render as plain text. Raises TemplateRefused."""
    return _render(_TEXT, source, variables)


def _render(environment: _Environment, source: str, variables: Mapping[str, Any]) -> str:
    check(source, variables=variables)
    found, size = [], 0
    try:
        for piece in environment.from_string(source).generate(**variables):
            size += len(piece)
            if size > MOST_OUTPUT:
                raise TemplateRefused(f"What it makes is longer than {MOST_OUTPUT} characters.")
            found.append(piece)
    except jinja2.TemplateError as error:
        raise TemplateRefused(str(error.message or type(error).__name__)) from None
    except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError) as error:
        raise TemplateRefused(f"It cannot be rendered: {error}") from None
    return "".join(found)


def _walk(node: nodes.Node, known: frozenset[str], loops: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise TemplateRefused(f"Line {node.lineno}: «{type(node).__name__.lower()}» is not part of the language.")
    if isinstance(node, nodes.Name) and node.name not in known:
        raise TemplateRefused(f"Line {node.lineno}: there is no variable «{node.name}» in this mail.")
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise TemplateRefused(f"Line {node.lineno}: there is no «{node.attr}».")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise TemplateRefused(f"Line {node.lineno}: there is no filter «{node.name}»; there are {', '.join(FILTERS)}.")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise TemplateRefused(f"Line {node.lineno}: there is no test «{node.name}».")
    if isinstance(node, nodes.For):
        _walk_loop(node, known, loops + 1)
        return
    for child in node.iter_child_nodes():
        _walk(child, known, loops)


def _walk_loop(node: nodes.For, known: frozenset[str], loops: int) -> None:
    if loops > _DEEPEST_LOOPS:
        raise TemplateRefused(f"Line {node.lineno}: loops may be {_DEEPEST_LOOPS} deep at most.")
    if (
        node.recursive
        or not isinstance(node.target, nodes.Name)
        or not isinstance(node.iter, nodes.Name | nodes.Getattr)
    ):
        raise TemplateRefused(f"Line {node.lineno}: a loop walks one declared list: for item in items.")
    _walk(node.iter, known, loops)
    inside = known | {node.target.name, "loop"}
    for child in _children_of(node):
        _walk(child, inside, loops)


def _children_of(node: nodes.For) -> Iterator[nodes.Node]:
    yield from node.body
    yield from node.else_
    if node.test is not None:
        yield node.test
