# Starts a member of the store, and tells it to read its certificate again when one of its files was replaced:
# start.sh OPTION..., which are mongod's. The folders are those of the pod; a test names others.
# mongod refuses a key file that its group may read, which is what a mounted secret is, and wants certificate and key in
# one file.
tls=${TLS:-/run/tls}
trust=${TRUST:-/run/trust/ca.crt}
own=${OWN:-/tmp}

join() {
  rm -f "$own/tls.pem.next"
  (umask 0377 && cat "$tls/tls.crt" "$tls/tls.key" >"$own/tls.pem.next") && mv -f "$own/tls.pem.next" "$own/tls.pem"
}
seen() { cat "$tls/tls.crt" "$tls/tls.key" "$trust"; }
# What could not be read or was refused is tried again at the next look, until the member has it.
watch() {
  before=$1
  while sleep "${CHECK_SECONDS:-60}"; do
    now=$(seen) && [ "$now" != "$before" ] && join && sh "$(dirname "$0")/shell.sh" rotate.js && before=$now
  done
}

first=$(seen) || exit 1
install -m 0400 "${KEYFILE:-/run/mongo/keyfile}" "$own/keyfile" && join || exit 1
watch "$first" &
exec mongod --keyFile "$own/keyfile" --tlsCertificateKeyFile "$own/tls.pem" --tlsCAFile "$trust" "$@"
