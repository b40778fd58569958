"""Calls a unary method of a service: JSON in, JSON out, by the names of the protos."""

import asyncio
from typing import Any

import typer
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message_factory import GetMessageClass

from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit
from libs.slices import grpc_services, packages

ANSWERED, REFUSED, NOT_CALLED = 0, 1, 2
OFFICER, INTEGRATION = "compliance_officer", "integration"
_COMPLIANCE = "compliance"


def call(method: str, fields: str, *, to: str, subject: str) -> int:
    """Call the method, of compliance or `<service>.<method>`, with these fields (JSON) at the cell at `to` (host:port;
    empty: PRM_LISTEN) and print the answer; returns the exit code."""
    before, _, name = method.rpartition(".")
    service = before or _COMPLIANCE
    methods = _methods(service)
    found = methods.get(name)
    if found is None:
        there = f"there are {', '.join(sorted(methods))}" if methods else f"services are {', '.join(packages())}"
        typer.echo(f"{method} is no method; {there}", err=True)
        return NOT_CALLED
    role = OFFICER if service == _COMPLIANCE else INTEGRATION
    try:
        request = Parse(fields, GetMessageClass(found.input_type)())
        answer = asyncio.run(_answer(found, request, Visit(to, role=role, subject=subject)))
    except ParseError as err:
        typer.echo(f"not called: {err}", err=True)
        return NOT_CALLED
    except NobodyAnswers as err:
        typer.echo(f"not called: {err}", err=True)
        return NOT_CALLED
    except CallFailed as err:
        for line in _why(err):
            typer.echo(line, err=True)
        return REFUSED
    typer.echo(MessageToJson(answer, preserving_proto_field_name=True, ensure_ascii=False))
    return ANSWERED


def _methods(service: str) -> dict[str, MethodDescriptor]:
    """The unary methods of a service by name; `prm export` and `prm audit` call the streams of compliance."""
    if service not in packages():
        return {}
    methods = (method for one in grpc_services(service) for method in one.methods)
    return {one.name: one for one in methods if not (one.server_streaming or one.client_streaming)}


async def _answer(method: MethodDescriptor, request: Any, visit: Visit) -> Any:
    service = method.containing_service.full_name
    async with visit.client() as client:
        await visit.reach(client, service)
        return await client.call(f"{service}/{method.name}", request)


def _why(err: CallFailed) -> list[str]:
    """The refusal in lines: its code, its reason and message, and each violation."""
    wrong = [f"  {one.field}: {one.description} ({one.reason})" for one in err.violations]
    return [f"refused: {err.code} {err.reason}: {err.message}", *wrong]
