"""Operators and integrators get a token and call the cell: with commands, files and a client by reflection."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf.message_factory import GetMessageClass

from libs.config import ConfigError, Settings
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.demo.scenario import SERVICES, rpc_path
from tests import tokens
from tests.builders import an_id
from tests.issuers import fake_issuer
from tests.system.reflected import Reflected
from tests.unit.imports.samples import PARTNER_FIELDS, PARTNERS, write
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

COMMAND_SECONDS = 60


def prm(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRM_")}
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
        env=kept | environ,
    )


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, listen="127.0.0.1:0", log_level="error", **more)


async def listed(address: str, token: str) -> Any:
    client = Reflected(address, token)
    try:
        path = rpc_path("partners", "ListPartners")
        service = await asyncio.to_thread(client.pool.FindServiceByName, path.partition("/")[0])
        request = GetMessageClass(service.methods_by_name["ListPartners"].input_type)
        return await client.call(path, request(page_size=5))
    finally:
        await client.close()


async def refused(address: str, token: str) -> tuple[str, str]:
    with pytest.raises(CallFailed) as caught:
        await listed(address, token)
    return caught.value.code, caught.value.reason


async def test_a_token_of_the_command_line_opens_a_cell_of_this_machine(tmp_path: Path) -> None:
    async with running(builders("partners"), settings(tmp_path)) as cell:
        made = await asyncio.to_thread(
            prm, "token", "--role", "channel_manager", "--hours", "1", PRM_DATA_DIR=str(tmp_path)
        )
        assert (made.returncode, made.stderr, made.stdout.count("\n")) == (0, "", 1)
        assert list((await listed(cell.address, made.stdout.strip())).partners) == []
        assert await refused(cell.address, "") == ("UNAUTHENTICATED", "TOKEN_MISSING")


async def test_the_first_token_may_be_made_before_the_first_start(tmp_path: Path) -> None:
    made = await asyncio.to_thread(prm, "token", "--role", "finance", PRM_DATA_DIR=str(tmp_path))
    async with running(builders("partners"), settings(tmp_path)) as cell:
        await listed(cell.address, made.stdout.strip())


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (("--role", "chanel_manager"), {}, "chanel_manager: no such role; without a partner there are administrator"),
        (("--role", "partner_sales"), {}, "partner_sales: no such role; without a partner"),
        (("--role", "finance", "--partner", an_id("ptn")), {}, "finance: no such role; a partner's people have"),
        (("--role", "partner_sales", "--partner", "p1"), {}, "must be the id of one partner"),
        (("--role", "partner_sales", "--partner", an_id("ptn", cell="cn")), {}, "a partner of cell cn"),
        (("--role", "auditor", "--subject", "ada@example.com"), {}, "an email address is no subject"),
        (("--role", "auditor"), {"PRM_LISTEN": "0.0.0.0:7400"}, "PRM_ISSUERS_FILE: 0.0.0.0 can be reached"),
        (("--role", "auditor"), {"PRM_ISSUERS_FILE": "/etc/issuers.toml"}, "PRM_ISSUERS_FILE is set"),
    ],
)
def test_a_token_that_would_open_nothing_is_not_made(
    tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    made = prm("token", *arguments, PRM_DATA_DIR=str(tmp_path), **environ)
    assert (made.returncode, made.stdout) == (1, "")
    assert said in made.stderr


async def test_where_issuers_are_named_only_their_tokens_count(tmp_path: Path) -> None:
    with fake_issuer() as issuer:
        more = {"issuers_file": issuer.write_file(tmp_path), "deny_file": tmp_path / "deny"}
        (tmp_path / "deny").write_text("# nobody\n")
        async with running(builders("partners"), settings(tmp_path, **more)) as cell:
            good = issuer.token("channel_manager")
            await listed(cell.address, good)
            assert await refused(cell.address, tokens.token(tmp_path)) == ("UNAUTHENTICATED", "TOKEN_INVALID")
            assert await refused(cell.address, issuer.token()) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
            (tmp_path / "deny").write_text("sub:staff:b7a9d6f4-5e54-4a33-9d4b-8f6f4f1f2a10\n")

            async def out() -> bool:
                try:
                    await listed(cell.address, good)
                except CallFailed as err:
                    return err.reason == "TOKEN_REVOKED"
                return False

            await until(out)


async def test_without_the_issuer_a_cell_starts_and_says_to_come_again(tmp_path: Path) -> None:
    with fake_issuer() as issuer:
        found = issuer.write_file(tmp_path)
        token = issuer.token("channel_manager")
    async with running(builders("partners"), settings(tmp_path, issuers_file=found)) as cell:
        async with Client(cell.address) as client:
            await client.ready(SERVICES["partners"])
        assert await refused(cell.address, token) == ("UNAVAILABLE", "ISSUER_UNAVAILABLE")


@pytest.mark.parametrize(
    ("name", "text"), [("issuers_file", "[[issuers]]\n"), ("deny_file", "somebody\n")], ids=["issuers", "deny"]
)
async def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "wrong").write_text(text)
    with pytest.raises(ConfigError, match=f"PRM_{name.upper()}: .* is wrong"):
        async with running(builders("partners"), settings(tmp_path / "cell", **{name: tmp_path / "wrong"})):
            pass


async def test_commands_show_the_token_they_are_given(tmp_path: Path) -> None:
    async with running(builders("compliance"), settings(tmp_path / "cell")) as cell:
        export = ("audit", "export", str(tmp_path / "trail"), "--to", cell.address)
        elsewhere = {"PRM_DATA_DIR": str(tmp_path / "elsewhere")}
        without = await asyncio.to_thread(prm, *export, **elsewhere)
        assert without.returncode == 2
        assert "PRM_TOKEN" in without.stderr
        wrong = await asyncio.to_thread(prm, *export, **elsewhere, PRM_TOKEN=tokens.token(tmp_path / "cell", "finance"))
        assert "needs the permission" in wrong.stderr
        for environ in (
            {**elsewhere, "PRM_TOKEN": tokens.token(tmp_path / "cell", "auditor")},
            {"PRM_DATA_DIR": str(tmp_path / "cell")},
        ):
            allowed = await asyncio.to_thread(prm, *export, **environ)
            # let in, though there may be nothing that was signed yet
            assert allowed.returncode == 0 or "the trail is signed for" in allowed.stderr


async def test_an_import_that_is_not_let_in_ends_like_one_that_never_began(tmp_path: Path) -> None:
    frame = {"describe": "a test", "rpc": PARTNERS, "source": "rows.csv", "key": "id"}
    (tmp_path / "m.yaml").write_bytes(msgspec.yaml.encode({**frame, "fields": PARTNER_FIELDS}))
    write(tmp_path, rows="id,name,country\n1,A,DE\n")
    async with running(builders("partners"), settings(tmp_path / "cell")) as cell:
        ended = await asyncio.to_thread(
            prm,
            *("import", str(tmp_path / "m.yaml"), "--data", str(tmp_path), "--report", str(tmp_path / "report.csv")),
            *("--to", cell.address),
            PRM_TOKEN=tokens.token(tmp_path / "cell", "finance"),
        )
    assert ended.returncode == 2, ended.stdout
    assert "nothing was sent: PERMISSION_DENIED" in " ".join(ended.stdout.split())
