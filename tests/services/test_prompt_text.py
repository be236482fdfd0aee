"""What stands in a request body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.services.prompt_text import prompt_of

IMAGE = "iVBORw0KGgo" * 40


def read(**members: Any) -> Any:
    return prompt_of(json.dumps(members).encode())


def test_text_of_messages_is_found_and_the_envelope_is_not() -> None:
    prompt = read(
        model="gpt-4o",
        temperature=0.3,
        user="user-17",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        ],
    )
    assert sorted(prompt.text.split(b"\n")) == [b"Be brief.", b"Hello"]
    assert prompt.messages == 2


def test_escapes_stand_for_their_characters() -> None:
    body = b'{"messages":[{"role":"user","content":"\\u00e9t\\u00e9\\n\\"x\\""}]}'
    assert prompt_of(body).text == 'été\n"x"'.encode()


def test_gemini_parts_and_embedded_texts_are_found() -> None:
    prompt = read(
        systemInstruction={"parts": [{"text": "Be brief."}]}, contents=[{"role": "user", "parts": [{"text": "Hello"}]}]
    )
    assert sorted(prompt.text.split(b"\n")) == [b"Be brief.", b"Hello"]
    assert prompt.messages == 2
    assert read(requests=[{"content": {"parts": [{"text": "one"}]}}]).text == b"one"
    assert sorted(read(model="m", input=["one", "two"]).text.split(b"\n")) == [b"one", b"two"]


def test_tokens_counted_by_the_client_are_taken_as_they_are() -> None:
    prompt = read(model="text-embedding-3-small", input=[[3923, 374, 279], [30]])
    assert (prompt.text, prompt.token_ids) == (b"", 4)


def test_tool_definitions_are_kept_apart_from_text() -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    prompt = read(messages=[{"role": "user", "content": "Hi"}], tools=tools)
    assert prompt.text == b"Hi"
    assert json.loads(prompt.schemas) == tools
    assert prompt.has_tools


def test_settings_are_no_schemas() -> None:
    prompt = read(messages=[{"role": "user", "content": "Hi"}], response_format={"type": "text"}, tools=[])
    assert (prompt.schemas, prompt.has_tools) == (b"", False)


def test_tool_arguments_count_as_text_whatever_their_shape() -> None:
    prompt = read(
        messages=[{"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": {"city": 1}}]}]
    )
    assert sorted(prompt.text.split(b"\n")) == [b"f", b'{"city":1}']


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}},
        {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE}"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": IMAGE}},
        {"inlineData": {"mimeType": "image/png", "data": IMAGE}},
        {"type": "input_audio", "input_audio": {"data": IMAGE, "format": "wav"}},
        {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{IMAGE}"}},
        {"type": "unheard_of", "payload": IMAGE},
    ],
)
def test_media_are_counted_and_cut_out(part: dict[str, Any]) -> None:
    prompt = read(messages=[{"role": "user", "content": [part]}])
    assert (prompt.text, prompt.media) == (b"", 1)


def test_base64_pasted_as_text_stays_text() -> None:
    prompt = read(messages=[{"role": "user", "content": IMAGE}])
    assert (prompt.text, prompt.media) == (IMAGE.encode(), 0)


def test_plain_text_documents_are_text() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "All of it."}
    assert read(messages=[{"role": "user", "content": [{"type": "document", "source": source}]}]).text == b"All of it."


def test_signatures_and_null_members_count_nothing() -> None:
    content = [{"type": "thinking", "thinking": "Hm.", "signature": IMAGE}]
    prompt = read(messages=[{"role": "assistant", "content": content, "audio": None}])
    assert (prompt.text, prompt.media) == (b"Hm.", 0)


def test_broken_json_is_read_as_text_without_its_media() -> None:
    prompt = prompt_of(f'{{"messages":[{{"content":"Hello data:image/png;base64,{IMAGE}'.encode())
    assert prompt.text.startswith(b'{"messages"')
    assert IMAGE.encode() not in prompt.text
    assert prompt.media == 1


def test_deep_nesting_does_no_harm() -> None:
    assert prompt_of(b'{"messages":' + b"[" * 100_000).text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=20))
def test_any_json_is_read(value: object) -> None:
    for name in ("messages", "input", "tools", "contents", "other"):
        assert prompt_of(json.dumps({name: value}).encode()).messages >= 0


@given(st.binary())
def test_any_bytes_are_read(body: bytes) -> None:
    assert prompt_of(body).media >= 0
