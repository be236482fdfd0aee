from pathlib import Path

import httpx

from tests.web.rooms import asking, values


def test_health_tells_the_active_session_s_provider_and_who_answers(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        before = await client.get("/health")
        assert values(before)["provider"] is None
        assert before.headers["x-tokencli-instance"] == "abc123"
        await client.post("/api/sessions", json={"provider": "mistral"})
        told = values(await client.get("/health"))
        assert (told["status"], told["provider"], told["version"]) == ("ok", "mistral", "1.2.3")
        assert (told["open_calls"], told["spooled"], told["unsaved"], told["measuring_failures"]) == (0, 0, 0, 2)

    asking(tmp_path, talk)


def test_the_models_are_told_under_each_base_url_that_a_client_may_have(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for path in ("/v1/models", "/models", "/s/work/v1/models"):
            told = values(await client.get(path))
            assert told["object"] == "list"
            (model,) = told["data"]
            assert (model["id"], model["object"], model["owned_by"]) == (
                "mistral/mistral-large-2411",
                "model",
                "mistral",
            )
            assert values(await client.get(f"{path}/mistral/mistral-large-2411"))["type"] == "model"
            assert values(await client.get(f"{path}/nothing"), 404)["error"]["code"] == "tokencli_no_such_model"

    asking(tmp_path, talk)


def test_gemini_s_clients_get_a_list_at_their_own_path(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for path in ("/v1beta/models", "/s/work/v1beta/models"):
            assert values(await client.get(f"{path}?pageSize=50")) == {"models": []}
            for key in ("nothing", "mistral/mistral-large-2411"):
                error = values(await client.get(f"{path}/{key}"), 404)["error"]
                assert error["code"] == "tokencli_no_such_model"
                assert "GET /v1beta/models lists" in error["message"]

    asking(tmp_path, talk)


def test_clients_that_only_knock_are_let_in(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        paths = ("/", "/api/hello", "/v1/tcp_warming")
        for path in (*paths, "/s/work", *(f"/s/work{path}" for path in paths)):
            answer = await client.head(path)
            assert (answer.status_code, answer.content) == (200, b"")
        assert values(await client.get("/"))["base_urls"]["openai"] == "http://127.0.0.1:8000/v1"

    asking(tmp_path, talk)


def test_providers_are_told_with_whether_there_is_a_key(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        providers = {each["name"]: each for each in values(await client.get("/api/providers"))["providers"]}
        assert providers["mistral"]["has_key"] is True
        assert providers["openai"]["has_key"] is False
        assert providers["mistral"]["icon"]

    asking(tmp_path, talk)


def test_models_are_told_with_their_prices(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        (model,) = values(await client.get("/api/models"))["models"]
        assert (model["key"], model["context_limit_tokens"]) == ("mistral/mistral-large-2411", 131072)
        values(await client.get("/api/models?provider=nobody"), 404)

    asking(tmp_path, talk)


def test_rates_are_told(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        assert values(await client.get("/api/rate-limit"))["providers"][0]["limit"] == 60

    asking(tmp_path, talk)


def test_a_report_takes_the_options_of_the_command(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        told = values(await client.get("/api/report?period=week&by=model,provider&model=x"))
        assert told == {"group_by": ["model", "provider"], "requests": 0}
        assert values(await client.get("/api/report?since=2026-11-01&by=day"))["group_by"] == ["day"]
        for wrong in ("period=someday", "by=colour", "tz=Mars", "since=never"):
            assert values(await client.get(f"/api/report?{wrong}"), 400)["error"]["message"].endswith(".")

    asking(tmp_path, talk)


def test_an_unknown_path_gets_one_sentence_with_the_base_urls(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        error = values(await client.get("/v2/nothing"), 404)["error"]
        assert "/v2/nothing" in error["message"]
        assert "http://127.0.0.1:8000/v1" in error["message"]
        refused = await client.delete("/health")
        assert values(refused, 405)["error"]["message"] == "DELETE is not for /health: use GET or HEAD."
        assert refused.headers["allow"] == "GET, HEAD"

    asking(tmp_path, talk)
