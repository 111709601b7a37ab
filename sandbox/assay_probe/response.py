"""Reading one HTTP response off the wire, with geventhttpclient's C parser and our rules.

Interim 1xx responses are passed over, whatever follows the one answer is dropped and ends
the connection, and nothing is ever decompressed.
"""

from contextlib import suppress

from geventhttpclient._parser import HTTPResponseParser
from geventhttpclient.response import HTTPParseError

SWITCHING_PROTOCOLS = 101


class _SurplusError(HTTPParseError):
    """A second response began on the same connection."""


class ResponseParser(HTTPResponseParser):
    """Status, headers and body of one response.

    Attributes:
        status: Status code once the headers are complete.
        headers: Lower-case names; of repeated ones the last.
        body: What came so far; the caller watches its length.
        wire_bytes: Bytes taken so far, framing included.
        last_byte_s: Monotonic instant at which the latest bytes were read, before parsing.
        complete: The last byte of the answer was taken.
        reusable: The connection can carry another request.
    """

    def __init__(self, *, head_only: bool = False) -> None:
        super().__init__()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.wire_bytes = 0
        self.last_byte_s = 0.0
        self.headers_complete = False
        self.complete = False
        self.reusable = False
        self._head_only = head_only
        self._field = ""
        self._in_value = False

    def take(self, data: bytes) -> None:
        """Parse some bytes.

        Raises:
            HTTPParseError: they are not HTTP.
        """
        self.wire_bytes += len(data)
        try:
            self.feed(data)
        except HTTPParseError:
            if not self.complete:
                raise
            self.reusable = False

    def end(self) -> None:
        """The peer closed the connection.

        Raises:
            ConnectionResetError: in the middle of the answer, or before it.
        """
        if self.headers_complete:
            with suppress(HTTPParseError):  # the parser's word for a body cut short
                self.feed(b"")
        if not self.complete:
            raise ConnectionResetError("closed before the answer was complete")
        self.reusable = False

    # ------------------------------------------------------- called by the C parser

    def _on_message_begin(self) -> None:
        if self.complete:
            raise _SurplusError("more than one response")
        self.headers = {}
        self._field, self._in_value = "", False

    def _on_status(self, reason: str) -> None:
        """The reason phrase means nothing."""

    def _on_header_field(self, text: str) -> None:
        if self._in_value:
            self._field, self._in_value = "", False
        self._field += text.lower()

    def _on_header_value(self, text: str) -> None:
        before = self.headers.get(self._field, "") if self._in_value else ""
        self.headers[self._field] = before + text
        self._in_value = True

    def _on_headers_complete(self) -> bool:
        self.status = self.get_code()
        self.headers_complete = not self._interim()
        return self._head_only

    def _on_body(self, data: bytes) -> None:
        self.body += data

    def _on_message_complete(self) -> None:
        if not self._interim():
            self.complete = True
            self.reusable = bool(self.should_keep_alive())

    def _interim(self) -> bool:
        return self.status < 200 and self.status != SWITCHING_PROTOCOLS
