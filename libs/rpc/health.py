"""`prm-health [SERVICE]` checks the health of the process that this environment describes; exit code 0 if it serves.

It is for probes that are commands: the kubelet's own gRPC probe cannot present a certificate. Because it runs every few
seconds in the container of the process, it imports as little as possible. It calls PRM_HEALTH_LISTEN, which is
independent of the load of callers, or PRM_LISTEN if the process has no such listener.
"""

import sys
from collections.abc import Sequence
from ipaddress import ip_address

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from libs.config import Settings, as_written
from libs.tls import Identity, open_identity

TIMEOUT_SECONDS = 3
_CHECK = "/grpc.health.v1.Health/Check"
_ANY = {ip_address("0.0.0.0"): "127.0.0.1", ip_address("::"): "[::1]"}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; if it is not 0, one line on stderr has the cause."""
    [service] = (sys.argv[1:] if arguments is None else arguments) or [""]
    told = as_written(Settings, "listen", "health_listen", "tls_cert", "tls_key", "tls_ca")
    identity = None
    if not told.health_listen:
        identity = open_identity(cert=told.tls_cert, key=told.tls_key, ca=told.tls_ca)
    with _channel(own_address(told.health_listen or told.listen), identity) as channel:
        check = channel.unary_unary(_CHECK, HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString)
        try:
            answer = check(HealthCheckRequest(service=service), timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as err:
            return _failed(f"{err.code().name} {err.details()}".rstrip())
    if answer.status != HealthCheckResponse.SERVING:
        return _failed(HealthCheckResponse.ServingStatus.Name(answer.status))
    return 0


def own_address(listen: str) -> str:
    """The host:port at which a process on the same machine reaches this listener; loopback for a wildcard address."""
    host, _, port = listen.rpartition(":")
    try:
        here = _ANY.get(ip_address(host.strip("[]")), host)
    except ValueError:
        here = host  # a name
    return f"{here}:{port}"


def _channel(target: str, identity: Identity | None) -> grpc.Channel:
    if identity is None:
        return grpc.insecure_channel(target)
    pem = identity.pem
    shown = grpc.ssl_channel_credentials(pem.authority, pem.key, pem.certificate)
    return grpc.secure_channel(target, shown, options=[("grpc.ssl_target_name_override", pem.name)])


def _failed(why: str) -> int:
    sys.stderr.write(why + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
