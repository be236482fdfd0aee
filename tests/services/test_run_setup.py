from pathlib import Path

from tokencli.clients.client import Client, Ground, Launch, Place
from tokencli.clients.sdk import CLIENT as ANY
from tokencli.services.run_setup import set_up, texts_of

OWN = Place(".mine", "config.toml")
GONE = Place(".mine", "gone.toml")


def launch(ground: Ground) -> Launch:
    return Launch(
        environ={"MINE": str(ground.folder / "mine.toml")},
        arguments=("--quick",),
        files={"mine.toml": ground.texts.get(OWN, "")},
        remarks=("Mine is odd.",),
    )


MINE = Client(name="mine", title="Mine", executables=("mine",), launch=launch, reads=(OWN, GONE))


def ground(folder: Path, *arguments: str, **environ: str) -> Ground:
    return Ground(
        base="http://127.0.0.1:8000/s/x", environ=environ, home=folder, folder=folder, arguments=arguments, texts={}
    )


def test_files_that_are_there_are_read(tmp_path: Path) -> None:
    (tmp_path / ".mine").mkdir()
    (tmp_path / ".mine" / "config.toml").write_bytes(b"a = 1\xff")
    assert texts_of(MINE, {}, tmp_path) == {OWN: "a = 1\ufffd"}


def test_the_clients_words_come_between_the_program_and_the_users(tmp_path: Path) -> None:
    setup = set_up(MINE, ground(tmp_path, "-p", "Hi", KEPT="yes"), "./mine")
    assert setup.command == ("./mine", "--quick", "-p", "Hi")
    assert setup.environ["KEPT"] == "yes"
    assert setup.environ["MINE"] == str(tmp_path / "mine.toml")
    assert setup.remarks == ("Mine is odd.",)
    assert (tmp_path / "mine.toml").stat().st_mode & 0o777 == 0o600


def test_an_address_of_the_users_own_is_said_to_be_replaced(tmp_path: Path) -> None:
    setup = set_up(ANY, ground(tmp_path, OPENAI_BASE_URL="https://far.example/v1"), "python")
    assert setup.remarks == ("OPENAI_BASE_URL was https://far.example/v1; for this run it leads to tokencli.",)
    same = set_up(ANY, ground(tmp_path, OPENAI_BASE_URL="http://127.0.0.1:8000/v1"), "python")
    assert same.remarks == ()


def test_calls_to_this_machine_stay_away_from_a_proxy_of_the_network(tmp_path: Path) -> None:
    through = set_up(ANY, ground(tmp_path, HTTPS_PROXY="http://far:3128", NO_PROXY="intern"), "python").environ
    assert through["NO_PROXY"] == through["no_proxy"] == "intern,127.0.0.1,localhost"
    assert "NO_PROXY" not in set_up(ANY, ground(tmp_path), "python").environ
