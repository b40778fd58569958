"""As much of a Kubernetes API server as `kubectl apply` needs for one object: it says what it has, and records the
patches that it gets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.deploy.manifests import Manifest, dig

LISTS: dict[str, object] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}],
    },
    "/apis/apps/v1": {
        "kind": "APIResourceList",
        "groupVersion": "apps/v1",
        "resources": [
            {
                "name": "deployments",
                "singularName": "deployment",
                "namespaced": True,
                "kind": "Deployment",
                "verbs": ["get", "list", "patch", "create", "update"],
            }
        ],
    },
}


class ApiServer:
    """url: where kubectl finds it. patches: what it was sent, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.patches: list[dict[str, object]] = []


@contextmanager
def api_server(live: Manifest) -> Iterator[ApiServer]:
    """A server that has this Deployment."""
    where = f"/apis/apps/v1/namespaces/{dig(live, 'metadata', 'namespace', as_=str)}/deployments/"
    objects = {where + dig(live, "metadata", "name", as_=str): live}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({**LISTS, **objects}.get(self.path.partition("?")[0]))

        def do_PATCH(self) -> None:
            server.patches.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(live)

        def _answer(self, found: object) -> None:
            failed = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            body = json.dumps(failed if found is None else found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = ApiServer(f"http://127.0.0.1:{http.server_port}")
        thread = Thread(target=http.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
