from __future__ import annotations

from tokencli.readers.tails import digest_of, tail_of


def test_end_of_a_content_is_known_by_its_last_4096_bytes() -> None:
    assert tail_of(b"") == f"0:{digest_of(b'')}"
    assert tail_of(b"abc") == f"3:{digest_of(b'abc')}"
    assert tail_of(b"x" * 5000) == tail_of(b"y" + b"x" * 4096)
    assert tail_of(b"x" * 5000) != tail_of(b"x" * 4999 + b"y")


def test_digest_has_32_hexadecimal_digits() -> None:
    assert len(digest_of(b"")) == 32
    int(digest_of(b"x"), 16)
