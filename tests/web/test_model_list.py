from pathlib import Path

from anthropic.types import ModelInfo
from openai.types import Model

from tests.web.rooms import settings_in
from tokencli.config.values import Settings
from tokencli.web.model_list import model_list


def test_openai_s_and_anthropic_s_libraries_both_read_the_list(tmp_path: Path) -> None:
    (entry,) = model_list(settings_in(tmp_path))["data"]
    assert Model.model_validate(entry).owned_by == "mistral"
    assert ModelInfo.construct(**entry).created_at.year == 1970


def test_a_list_without_models_is_empty_and_whole() -> None:
    told = model_list(Settings(place="nowhere"))
    assert (told["data"], told["has_more"], told["first_id"]) == ([], False, None)
