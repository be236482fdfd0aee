"""The schemas that are known are those the migrations make, in their order."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from tokencli.store.upgrade import MIGRATIONS
from tokencli.store.versions import HEAD, KNOWN


def test_known_schemas_are_the_migrations_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == KNOWN
    assert KNOWN[-1] == HEAD
