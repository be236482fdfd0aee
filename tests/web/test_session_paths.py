from pathlib import Path

import httpx

from tests.web.rooms import asking, values


def test_a_session_is_begun_active_and_shown_with_its_context_limit(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        wish = {"name": "work", "provider": "mistral", "model": "mistral/mistral-large-2411"}
        begun = values(await client.post("/api/sessions", json=wish), 201)
        assert (begun["name"], begun["context_limit_tokens"], begun["is_active"]) == ("work", 131072, True)
        assert values(await client.get("/api/sessions/active"))["id"] == begun["id"]
        assert values(await client.get("/api/sessions/work"))["id"] == begun["id"]
        assert [each["name"] for each in values(await client.get("/api/sessions"))["sessions"]] == ["work"]

    asking(tmp_path, talk)


def test_another_session_is_activated_by_its_name_or_id(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        first = values(await client.post("/api/sessions", json={"name": "one", "provider": "mistral"}), 201)
        await client.post("/api/sessions", json={"name": "two", "provider": "mistral"})
        assert values(await client.post(f"/api/sessions/{first['id']}/activate"))["is_active"] is True
        assert values(await client.get("/api/sessions/active"))["name"] == "one"
        assert values(await client.post("/api/sessions/two/activate"))["name"] == "two"
        assert (
            "no session 'three'" in values(await client.post("/api/sessions/three/activate"), 404)["error"]["message"]
        )

    asking(tmp_path, talk)


def test_without_an_active_session_the_answer_is_404_and_null(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        told = values(await client.get("/api/sessions/active"), 404)
        assert told["session"] is None
        assert told["error"]["code"] == "tokencli_no_active_session"
        for path in ("/api/export/csv", "/api/export/json"):
            assert values(await client.get(path), 404)["error"] == told["error"]

    asking(tmp_path, talk)


def test_what_cannot_be_a_session_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await client.post("/api/sessions", json={"name": "work", "provider": "mistral"})
        for wrong in ({"name": "work"}, {"provider": "nobody"}, {"name": "a/b", "provider": "mistral"}, {"name": 3}):
            assert values(await client.post("/api/sessions", json=wrong), 400)["error"]["message"].endswith(".")
        assert len(values(await client.get("/api/sessions"))["sessions"]) == 1

    asking(tmp_path, talk)


def test_an_export_is_a_file_of_the_session_that_was_asked_for(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await client.post("/api/sessions", json={"name": "work", "provider": "mistral"})
        table = await client.get("/api/export/csv")
        assert table.text.startswith("Timestamp,Tokens Total,")
        assert table.headers["content-disposition"] == 'attachment; filename="session.csv"'
        told = values(await client.get("/api/export/json?session=work"))
        assert (told["session"]["name"], told["calls"]) == ("work", [])
        values(await client.get("/api/export/csv?session=other"), 404)

    asking(tmp_path, talk)


def test_a_session_is_renamed_and_ended(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        begun = values(await client.post("/api/sessions", json={"name": "work", "provider": "mistral"}), 201)
        renamed = values(await client.post("/api/sessions/work/rename", json={"name": "play"}))
        assert (renamed["id"], renamed["name"]) == (begun["id"], "play")
        for body in ({}, {"name": ""}):
            assert (
                "names no session"
                in values(await client.post("/api/sessions/play/rename", json=body), 400)["error"]["message"]
            )
        ended = values(await client.post(f"/api/sessions/{begun['id']}/end", json={}))
        assert ended["ended_at"] is not None
        assert not ended["is_active"]
        assert (await client.post("/api/sessions/nobody/end", json={})).status_code == 404

    asking(tmp_path, talk)
