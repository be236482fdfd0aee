from pathlib import Path

from tokencli.clients.client import Client, Ground, Launch, Mirror, Place
from tokencli.clients.sdk import CLIENT as ANY
from tokencli.services.run_setup import Setup, set_up, texts_of

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
    with set_up(MINE, ground(tmp_path, "-p", "Hi", KEPT="yes"), "./mine") as setup:
        assert setup.command == ("./mine", "--quick", "-p", "Hi")
        assert setup.environ["KEPT"] == "yes"
        assert setup.environ["MINE"] == str(tmp_path / "mine.toml")
        assert setup.remarks == ("Mine is odd.",)
        assert (tmp_path / "mine.toml").stat().st_mode & 0o777 == 0o600


def of_any(folder: Path, **environ: str) -> Setup:
    with set_up(ANY, ground(folder, **environ), "python") as setup:
        return setup


def test_an_address_of_the_users_own_is_said_to_be_replaced(tmp_path: Path) -> None:
    far = of_any(tmp_path, OPENAI_BASE_URL="https://far.example/v1")
    assert far.remarks == ("OPENAI_BASE_URL was https://far.example/v1; for this run it leads to tokencli.",)
    assert of_any(tmp_path, OPENAI_BASE_URL="http://127.0.0.1:8000/v1").remarks == ()


def test_calls_to_this_machine_stay_away_from_a_proxy_of_the_network(tmp_path: Path) -> None:
    through = of_any(tmp_path, HTTPS_PROXY="http://far:3128", NO_PROXY="intern").environ
    assert through["NO_PROXY"] == through["no_proxy"] == "intern,127.0.0.1,localhost"
    assert "NO_PROXY" not in of_any(tmp_path).environ


def mirrored(source: Path) -> Client:
    def launch(ground: Ground) -> Launch:
        assert ground.folder
        return Launch(files={".mine/settings": "ours"}, mirrors=(Mirror(".mine", source),))

    return Client(name="mine", title="Mine", executables=("mine",), launch=launch)


def test_a_mirror_shows_what_the_client_has_and_keeps_what_it_writes(tmp_path: Path) -> None:
    source, folder = tmp_path / "own", tmp_path / "run"
    for place in (source / "chats", folder):
        place.mkdir(parents=True)
    for name in ("settings", "login", "state"):
        (source / name).write_text(f"own {name}", encoding="utf-8")
    with set_up(mirrored(source), ground(folder), "mine"):
        shown = folder / ".mine"
        assert (shown / "settings").read_text(encoding="utf-8") == "ours"
        assert (shown / "login").read_text(encoding="utf-8") == "own login"
        (shown / "settings").write_text("changed", encoding="utf-8")
        (shown / "chats" / "one").write_text("said", encoding="utf-8")
        (shown / "new").write_text("made", encoding="utf-8")
        (shown / "part").write_text("anew", encoding="utf-8")
        (shown / "part").replace(shown / "state")
    kept = {path.name: path.read_text(encoding="utf-8") for path in source.rglob("*") if path.is_file()}
    assert kept == {"settings": "own settings", "login": "own login", "state": "anew", "one": "said", "new": "made"}


def test_a_folder_that_is_not_there_is_made_only_for_what_the_client_writes(tmp_path: Path) -> None:
    source, folder = tmp_path / "own", tmp_path / "run"
    folder.mkdir()
    with set_up(mirrored(source), ground(folder), "mine"):
        pass
    assert not source.exists()
    (folder / ".mine" / "settings").unlink()
    (folder / ".mine").rmdir()
    with set_up(mirrored(source), ground(folder), "mine"):
        (folder / ".mine" / "new").mkdir()
    assert (source / "new").is_dir()
