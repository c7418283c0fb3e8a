"""A Python file as libcst sees it: one tree and one set of metadata for all codemods of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import libcst as cst
from libcst import metadata

from gardener.codemod import by_ast, outline
from gardener.codemod.broken_text import why_broken
from gardener.codemod.carved import Carved, carved
from gardener.codemod.file_text import Comment, FileText, Unparsable
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.protection import may_protect
from gardener.codemod.statement_starts import starts_of

Spans = dict[cst.CSTNode, metadata.CodeSpan]

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_FORM_FEED = re.compile(rb"(?m)^[ \t\f]*\f")


class ParsedFile(FileText):
    """One file with its tree. Metadata is computed when it is asked for, and only once.

    Where libcst cannot write a file as it is (a carriage return or a form feed as white space),
    it reads a text of the same length without them: offsets stay what they are. A form feed at
    the beginning of a line ends the white space before it, as a newline does.

    With `keep` functions are left out of the tree in which none of these words occurs; `inside` tells
    which statements of the others are needed too.
    """

    def __init__(
        self,
        raw: bytes,
        path: str = "<stdin>",
        wrapper: metadata.MetadataWrapper | None = None,
        keep: Sequence[re.Pattern[bytes]] = (),
        inside: Sequence[re.Pattern[bytes] | None] = (),
    ) -> None:
        super().__init__(raw, path)
        self.text = _LONE_RETURN.sub(b"\n", self.data)
        self.text = _FORM_FEED.sub(lambda space: space[0].replace(b"\f", b"\n"), self.text)
        self.by_ast = by_ast.tree_of(self.data)
        self.keep, self.inside = keep, inside
        self.carved = Carved(self.text)
        if keep and self.by_ast is not None:
            self.carved = carved(self.text, self.by_ast, self.starts, keep, inside)
        if wrapper is not None:
            self.wrapper = wrapper
        elif self.by_ast is None:
            _ = self.wrapper  # nobody else can tell whether it parses

    @cached_property
    def wrapper(self) -> metadata.MetadataWrapper:
        """The tree and what is known of its nodes.

        Raises:
            Unparsable: libcst cannot read the file.
        """
        try:
            module = cst.parse_module(self.carved.text.decode())
        except cst.ParserSyntaxError as wrong:
            if self.carved.left_out:
                self.carved = Carved(self.text)
                return self.wrapper
            raise Unparsable(why_broken(wrong.message, self.text)) from None
        # What a parser returns holds no node twice, so there is nothing to copy it for.
        return metadata.MetadataWrapper(module, unsafe_skip_copy=True)

    @property
    def module(self) -> cst.Module:
        """The tree."""
        return self.wrapper.module

    @cached_property
    def is_faithful(self) -> bool:
        """Whether libcst writes the file as it is."""
        return self.module.code.encode() == self.carved.text

    def left_out(self, name: str) -> bool:
        """Whether a name occurs in what was left out of the tree."""
        word = re.compile(rf"\b{re.escape(name)}\b".encode())
        return any(word.search(self.text, start, end) for start, end in self.carved.left_out)

    @cached_property
    def index(self) -> NodeIndex:
        """The nodes by type, and their parents."""
        return NodeIndex(self.module, self.carved.text)

    @cached_property
    def statements(self) -> list[outline.Statement]:
        """The statements, by the cheapest reader that knows the syntax."""
        if self.by_ast is not None:
            return outline.of_ast(self.by_ast, self.starts)
        return outline.of_tree(self.module, self.data, self.span)

    # --- positions -------------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Offsets of the first byte of a node and of the byte after it."""
        offsets = self._spans_near(node) if "_spans" not in self.__dict__ else None
        if offsets is not None:
            start, spans = offsets
            return start + spans[node].start, start + spans[node].start + spans[node].length
        span = self._spans[node]
        return span.start, span.start + span.length

    def _spans_near(self, node: cst.CSTNode) -> tuple[int, Spans] | None:
        """The offset of a node's statement at the top, and the spans in it; None: not told so.

        Most files need the place of a node or two, and those of all nodes cost half of parsing.
        """
        statement = node
        for around in (node, *self.index.ancestors(node)):
            if around is self.module:
                break
            statement = around
            if isinstance(around, cst.BaseSmallStatement):
                offsets = self._spans_within(around)
                if offsets is not None:
                    return offsets
        if statement is self.module or statement not in self.index.order:
            return None
        if statement not in self._near:
            code = self.module.code_for_node(statement).encode()
            at = self.carved.text.find(code)
            if at < 0 or self.carved.text.find(code, at + 1) >= 0:
                self._near[statement] = None
            else:
                self._near[statement] = at, _spans_in(self._part(statement))
        return self._near[statement]

    def _spans_within(self, small: cst.BaseSmallStatement) -> tuple[int, Spans] | None:
        """The place in the file of a small statement written out as it stands there, and the spans in it."""
        if small not in self._near:
            self._near[small] = None
            part = self._part(self._in_its_block(small))
            spans = _spans_in(part)
            first = spans[small].start
            text, code = self.carved.text, part.bytes[first : first + spans[small].length]
            at = text.find(code)
            if at < 0 or text.find(code, at + 1) >= 0:
                at = self._starts.get(small, -1)
            if at >= 0 and text.startswith(code, at):
                self._near[small] = at - first, spans
        return self._near[small]

    def _in_its_block(self, small: cst.BaseSmallStatement) -> cst.BaseStatement:
        """A small statement in a block as deep as its own: lines within brackets begin there."""
        line = cst.SimpleStatementLine([small])
        blocks = [n for n in self.index.ancestors(small) if isinstance(n, cst.IndentedBlock)]
        if not blocks:
            return line
        usual = self.module.default_indent
        indents = [usual if block.indent is None else block.indent for block in reversed(blocks)]
        return cst.If(cst.Name("_"), cst.IndentedBlock([line], indent="".join(indents)))

    @cached_property
    def _starts(self) -> dict[cst.CSTNode, int]:
        """Where simple statements begin, if `ast` can tell."""
        return starts_of(self.index) if self.by_ast is not None else {}

    def _part(self, statement: cst.CSTNode) -> cst.Module:
        """A module of one statement, written as the file is."""
        part = cst.Module([statement], default_indent=self.module.default_indent)  # type: ignore[list-item]
        return part.with_changes(default_newline=self.module.default_newline)

    @cached_property
    def _near(self) -> dict[cst.CSTNode, tuple[int, Spans] | None]:
        return {}

    @cached_property
    def _spans(self) -> dict[cst.CSTNode, metadata.CodeSpan]:
        return dict(self.wrapper.resolve(metadata.ByteSpanPositionProvider))

    def line(self, node: cst.CSTNode) -> int:
        """The line (from 1) on which a node ends."""
        start, end = self.span(node)
        return self.line_of(max(start, end - 1))

    # --- comments --------------------------------------------------------------------------

    @cached_property
    def may_protect(self) -> bool:
        """Whether the file holds anything like a protecting comment at all."""
        return may_protect(self.data)

    @cached_property
    def comments(self) -> list[Comment]:
        """All comments in order."""
        spans = [self.span(node) for node in self._spans if isinstance(node, cst.Comment)]
        return [
            Comment(self.line_of(start), start, end, self.data[start:end].decode())
            for start, end in sorted(spans)
        ]

    @cached_property
    def marked_comments(self) -> list[Comment]:
        """Comments that look like protecting ones, in order."""
        if self.by_ast is not None:
            comments = by_ast.marked_comments(self.data, self.by_ast, self.starts)
            if comments is not None:
                return comments
        return self._whole.comments

    @cached_property
    def protected(self) -> dict[object, list[tuple[int, int]]]:
        """What is known of the ranges that comments protect, by the codemod that asked."""
        return {}

    @cached_property
    def _whole(self) -> ParsedFile:
        """The file with nothing left out."""
        return ParsedFile(self.raw, self.path) if self.carved.left_out else self

    @cached_property
    def _outline(self) -> list[outline.Statement]:
        if self.by_ast is not None:
            return list(outline.flat(by_ast.statements_of(self.data, self.by_ast, self.starts)))
        return list(outline.flat(outline.of_tree(self.module, self.data, self.span)))

    def belongs_to(self, comment: Comment) -> Iterator[tuple[int, int]]:
        """The range that a comment speaks of.

        Behind code: the lines of the innermost statement there (of a compound one, its
        head). On a line of its own: the next statement; before all code: the whole file.
        """
        start = self.line_start(comment.start)
        if not self.data[start : comment.start].strip():
            before = [s for s in self._outline if s.whole < comment.start]
            if all(statement.kind == "Docstring" for statement in before):
                yield 0, len(self.data) + 1
                return
            after = [s for s in self._outline if s.start > comment.end]
            if after:
                first = min(after, key=lambda s: (s.start, -s.end))
                yield first.whole, first.end
            return
        yield start, comment.start
        for statement in self._outline:
            if statement.start <= comment.start <= self.line_end(statement.head_end):
                if self.line_start(statement.start) <= comment.start:
                    yield statement.start, statement.head_end


def _spans_in(module: cst.Module) -> Spans:
    """Where the nodes of a module lie in its text."""
    wrapper = metadata.MetadataWrapper(module, unsafe_skip_copy=True)
    return dict(wrapper.resolve(metadata.ByteSpanPositionProvider))
