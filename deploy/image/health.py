#!/opt/prm/bin/python
"""Ask the process in this container how a service does: `health prm.deals.v1.DealRegistrationService`.

For engines whose health checks are commands; Kubernetes asks over gRPC by itself. Exit code 0 = serving.
"""

import os
import sys

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

TIMEOUT_SECONDS = 3


def main() -> None:
    """Exit 0 when serving, else 1 with the reason in one line."""
    port = os.environ["PRM_LISTEN"].rpartition(":")[2]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            answer = HealthStub(channel).Check(HealthCheckRequest(service=sys.argv[1]), timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as err:
            sys.exit(f"{err.code().name}: {err.details()}")
    if answer.status != HealthCheckResponse.SERVING:
        sys.exit(HealthCheckResponse.ServingStatus.Name(answer.status))


if __name__ == "__main__":
    main()
