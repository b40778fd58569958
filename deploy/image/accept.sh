#!/usr/bin/env bash
# Check a release before it goes into the registry of a country: deploy/image/accept.sh FOLDER REFERENCE FINGERPRINT
# Fails unless the signature is by this key, under this name, and for this manifest, and every layer is the one that the
# manifest names. Prints the digest. FINGERPRINT: of the release's key, in GnuPG's keyring, which came by another way than
# the folder. Needs skopeo.
set -euo pipefail
folder=$1 reference=$2 fingerprint=$3
skopeo standalone-verify "$folder/manifest.json" "$reference" "$fingerprint" "$folder/signature" >/dev/null
named=$(grep -oE '"digest": *"sha256:[0-9a-f]{64}"' "$folder/manifest.json" | grep -oE '[0-9a-f]{64}' | sort -u)
for one in $named; do echo "$one  $folder/$one"; done | sha256sum --check --quiet --strict >&2
echo "sha256:$(sha256sum "$folder/manifest.json" | cut -d' ' -f1)"
