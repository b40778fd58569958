#!/usr/bin/env bash
# Write an image as a release, signed: deploy/image/release.sh IMAGE FOLDER REFERENCE FINGERPRINT
# FOLDER gets the manifest and the layers as a registry has them, and `signature` (simple signing, OpenPGP) of the manifest
# under the name REFERENCE, such as registry.example/prm:2026.11. Prints the digest that release/kustomization.yaml names.
# FINGERPRINT: of a key in GnuPG's keyring. Needs skopeo, and podman's or buildah's storage with the image.
set -euo pipefail
image=$1 folder=$2 reference=$3 fingerprint=$4
skopeo copy --quiet "containers-storage:$image" "dir:$folder"
skopeo standalone-sign --output "$folder/signature" "$folder/manifest.json" "$reference" "$fingerprint" >/dev/null
echo "sha256:$(sha256sum "$folder/manifest.json" | cut -d' ' -f1)"
