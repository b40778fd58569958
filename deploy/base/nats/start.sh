# NATS_LOGINS: the folder with a password for each user, in <user> or <user>/password, which the configuration
# calls $NATS_PASSWORD_<USER>.
# Starts the broker, and tells it to read its certificate again when that was replaced: start.sh CONFIG CERTIFICATE
# Connections stay; whoever connects from then on is asked for a certificate of whom is trusted by then.
watch() {
  before=$(cat "$1")
  while sleep "${CHECK_SECONDS:-60}"; do
    now=$(cat "$1") && [ "$now" != "$before" ] && before=$now && kill -HUP "$2"
  done
}
for file in "$NATS_LOGINS"/*; do
  user=$(basename "$file" | tr a-z A-Z)
  [ -d "$file" ] && file=$file/password
  password=$(cat "$file") || exit 1
  export "NATS_PASSWORD_$user=$password"
done
watch "$2" $$ &
exec nats-server --config "$1"
