"""An integrator with an address, reflection and the protos can do everything that the demonstration does."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from libs.clock import SystemClock
from libs.config import Settings
from libs.runtime.cell import running
from libs.slices import grpc_services
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from services.protos.tree import Packages, write
from tests.system.processes import embedded
from tests.system.reflected import Reflected
from tests.tokens import token

pytestmark = pytest.mark.xdist_group("system")

# The program of an integrator who generated stubs from `prm protos` in another project.
SCRIPT = """
import sys
import grpc
from prm.partners.v1 import application_requests_pb2, overview_requests_pb2, partner_pb2, partners_service_pb2_grpc

with grpc.insecure_channel(sys.argv[1]) as channel:
    partners = partners_service_pb2_grpc.PartnerServiceStub(channel)
    headers = [("authorization", f"Bearer {sys.argv[2]}")]
    applied = partners.ApplyPartner(application_requests_pb2.ApplyPartnerRequest(
        request_id="their-own-1", kind=partner_pb2.PARTNER_KIND_RESELLER, legal_name="Weitblick GmbH", country="DE"),
        metadata=headers)
    found = partners.GetPartner(overview_requests_pb2.GetPartnerRequest(id=applied.partner.id), metadata=headers)
    print(found.partner.legal_name)
"""


async def test_a_client_that_knows_only_reflection_can_play_the_whole_story(tmp_path: Path) -> None:
    with embedded(tmp_path) as settings:
        await _play_by_reflection(settings, tmp_path)


async def _play_by_reflection(settings: Settings, tmp_path: Path) -> None:
    async with running(builders(), settings) as cell:
        client = Reflected(cell.address, token(tmp_path))
        offered = await asyncio.to_thread(client.services)
        names = {one.full_name for service in SERVICES for one in grpc_services(service)}
        assert names | {"grpc.health.v1.Health"} <= set(offered)
        second = Reflected(cell.address, token(tmp_path, subject="second"))
        for name in names:
            await asyncio.to_thread(client.pool.FindServiceByName, name)
            await asyncio.to_thread(second.pool.FindServiceByName, name)
        clients, others = dict.fromkeys(SERVICES, client), dict.fromkeys(SERVICES, second)
        scenario = ScenarioClient(
            clients, second=others, run="seen", today=SystemClock().now().date(), pool=client.pool
        )
        await play(scenario, STEPS)
        await client.close()
        await second.close()


async def test_stubs_generated_from_the_protos_work_outside_of_this_project(tmp_path: Path) -> None:
    await asyncio.to_thread(_generate, tmp_path / "generated")
    async with running(builders("partners"), Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0")) as cell:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", SCRIPT, cell.address, token(tmp_path / "cell")],
            cwd=tmp_path / "generated",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout == "Weitblick GmbH\n", done.stderr


def _generate(folder: Path) -> None:
    """Generate stubs as an integrator does from the tree of `prm protos`, with grpcio-tools."""
    tree = folder.parent / "protos"
    write(tree, Packages())
    files = [str(path.relative_to(tree)) for top in ("prm", "buf") for path in (tree / top).rglob("*.proto")]
    folder.mkdir()
    out = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I.", *out, *files], cwd=tree, check=True)
