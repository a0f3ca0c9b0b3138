"""A mailbox: what a real mail server took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.project_templates.served import free_port


class Mailbox(MessageHandler):
    """Keeps every mail that the server takes."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)

    def take(self) -> tuple[Message, str]:
        """Take the newest mail, and the plain text in it."""
        message = self.messages.pop()
        return message, plain_text(message)


def plain_text(message: Message) -> str:
    """Return the plain text of a mail."""
    [plain] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    text = plain.get_payload(decode=True)
    assert isinstance(text, bytes)
    return text.decode()


@contextmanager
def serve_mail() -> Iterator[tuple[Mailbox, int]]:
    """Run a mail server on this machine, and return its mailbox and its port."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()
