#!/usr/bin/env bash
# Build the image with docker, podman or buildah, whichever works here: deploy/image/build.sh [TAG [OPTION...]]
# BASE=image replaces the Dockerfile's base; ENGINE=docker|podman|buildah replaces the choice. Where the Dockerfile's
# base cannot be pulled and Debian's packages can be had, a base is made from those.
set -euo pipefail
cd "$(dirname "$0")/../.."
tag=${1:-prm:dev}
options=("${@:2}")
file=deploy/image/Dockerfile

engine=${ENGINE:-}
if [ -z "$engine" ]; then
  if docker info >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then engine=docker
  elif command -v podman >/dev/null; then engine=podman
  elif command -v buildah >/dev/null; then engine=buildah
  else echo "build.sh needs docker (with buildx and its daemon running), podman or buildah" >&2; exit 1
  fi
fi

if [ -z "${BASE:-}" ] && [ "$engine" != docker ] && command -v mmdebstrap >/dev/null && [ "$(id -u)" = 0 ]; then
  "$engine" pull --quiet "$(sed -n 's/^ARG BASE=//p' "$file")" >/dev/null 2>&1 || BASE=$(deploy/image/base.sh)
fi

# pip's settings on this machine, as the build will see them: the certificates lie at another path there, and
# folders of this machine are not there at all.
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
pip() { "$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)" -m pip "$@"; }
: >"$secrets/ca.pem"
setting() { pip config list 2>/dev/null | sed -nE "s/^(global|:env:)\.$1='(.*)'\$/\2/p" | tail -1; }
{
  echo "[global]"
  for name in index-url extra-index-url trusted-host proxy timeout; do
    value=$(setting "$name"); [ -z "$value" ] || echo "$name = $value"
  done
  ca=$(setting cert)
  if [ -n "$ca" ]; then cat "$ca" >"$secrets/ca.pem"; echo "cert = /run/secrets/ca.pem"; fi
} >"$secrets/pip.conf"

arguments=("${options[@]}" -f "$file" -t "$tag" --secret "id=pip.conf,src=$secrets/pip.conf" --secret "id=ca.pem,src=$secrets/ca.pem")
[ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
case $engine in
  docker) docker buildx build --load "${arguments[@]}" . ;;
  # chroot isolation: the steps install packages and need no container of their own, so it builds inside one as well
  podman) podman build --isolation chroot --layers --force-rm --ignorefile "$file.dockerignore" "${arguments[@]}" . ;;
  buildah) buildah bud --isolation chroot --layers --force-rm --ignorefile "$file.dockerignore" "${arguments[@]}" . ;;
  *) echo "ENGINE is $engine; docker, podman and buildah are known" >&2; exit 1 ;;
esac
