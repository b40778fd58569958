# NATS_PASSWORD_FILE: the file with the password of clients, which the configuration calls $NATS_PASSWORD.
# Starts the broker, and tells it to read its certificate again when that was replaced: start.sh CONFIG CERTIFICATE
# Connections stay; whoever connects from then on is asked for a certificate of whom is trusted by then.
watch() {
  before=$(cat "$1")
  while sleep "${CHECK_SECONDS:-60}"; do
    now=$(cat "$1") && [ "$now" != "$before" ] && before=$now && kill -HUP "$2"
  done
}
if [ -n "$NATS_PASSWORD_FILE" ]; then
  NATS_PASSWORD=$(cat "$NATS_PASSWORD_FILE") || exit 1
  export NATS_PASSWORD
fi
watch "$2" $$ &
exec nats-server --config "$1"
