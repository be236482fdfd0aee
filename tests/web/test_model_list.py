from pathlib import Path

from anthropic.types import ModelInfo
from openai.types import Model

from tests.web.rooms import settings_in
from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.web.model_list import gemini_list, model_list


def test_openai_s_and_anthropic_s_libraries_both_read_the_list(tmp_path: Path) -> None:
    (entry,) = model_list(settings_in(tmp_path))["data"]
    assert Model.model_validate(entry).owned_by == "mistral"
    assert ModelInfo.construct(**entry).created_at.year == 1970


def test_a_list_without_models_is_empty_and_whole() -> None:
    told = model_list(Settings(place="nowhere"))
    assert (told["data"], told["has_more"], told["first_id"]) == ([], False, None)


def test_gemini_s_clients_are_told_the_models_that_speak_gemini_and_no_others() -> None:
    settings = Settings(
        place="nowhere",
        providers={"g": ProviderSettings(name="g", type="gemini"), "o": ProviderSettings(name="o", type="openai")},
        models={
            "g/flash": ModelSettings(
                key="g/flash", provider="g", model="gemini-2.5-flash", context_limit_tokens=1048576
            ),
            "g/pro": ModelSettings(key="g/pro", provider="g", model="gemini-2.5-pro"),
            "o/gpt": ModelSettings(key="o/gpt", provider="o", model="gpt-5"),
            "x/gone": ModelSettings(key="x/gone", provider="x", model="gemini-x"),
        },
    )
    flash, pro = gemini_list(settings)["models"]
    assert (flash["name"], flash["inputTokenLimit"]) == ("models/g/flash", 1048576)
    assert (pro["name"], "inputTokenLimit" in pro) == ("models/g/pro", False)
