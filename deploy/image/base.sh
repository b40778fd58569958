#!/usr/bin/env bash
# Make a base image from Debian's packages alone, for where no image registry is within reach: deploy/image/base.sh [TAG]
# Prints its name; one that exists is kept. Needs root, mmdebstrap, and podman or buildah.
set -euo pipefail
tag=${1:-localhost/prm-base:bookworm}
engine=$(command -v podman || command -v buildah)

exists() { case $engine in *podman) podman image exists "$tag" ;; *) buildah inspect --type image "$tag" >/dev/null 2>&1 ;; esac; }
if ! exists; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mmdebstrap --quiet --variant=minbase bookworm "$folder/base.tar" >&2
  case $engine in
    *podman) podman import --quiet "$folder/base.tar" "$tag" >/dev/null ;;
    *)
      container=$(buildah from scratch)
      buildah add --quiet "$container" "$folder/base.tar" / >/dev/null
      buildah commit --quiet --rm "$container" "$tag" >/dev/null
      ;;
  esac
fi
echo "$tag"
