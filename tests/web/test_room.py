import asyncio
from pathlib import Path

from tests.web.rooms import NOW, room_in
from tokencli.pricing.book import PriceBook
from tokencli.services.recorder import open_recorder
from tokencli.services.sessions import SessionBook


def test_a_ledger_that_cannot_be_read_has_no_active_session(tmp_path: Path) -> None:
    async def run() -> None:
        recorder = open_recorder(tmp_path / "ledger.db", PriceBook(), now=lambda: NOW)
        try:
            with SessionBook(tmp_path / "ledger.db") as sessions:
                room = room_in(tmp_path, recorder, sessions, {})
                assert room.active_session() is None
                assert await room.read(lambda database: database.path) == tmp_path / "ledger.db"
                (tmp_path / "ledger.db").write_bytes(b"ruin" * 4096)
                assert room.active_session() is None
                (tmp_path / "ledger.db").unlink()
        finally:
            recorder.close()

    asyncio.run(run())
