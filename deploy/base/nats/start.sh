# NATS_LOGINS: the folder with a password for each user, in <user> or <user>/password, which the configuration
# calls $NATS_PASSWORD_<USER>.
# Starts the broker, and tells it to read its files again when one was replaced: start.sh CONFIG FILE...
# Connections stay; whoever connects from then on is asked for a certificate of whom is trusted by then.
watch() {
  broker=$1
  shift
  before=$(cat "$@")
  while sleep "${CHECK_SECONDS:-60}"; do
    now=$(cat "$@") && [ "$now" != "$before" ] && before=$now && kill -HUP "$broker"
  done
}
for file in "$NATS_LOGINS"/*; do
  user=$(basename "$file" | tr a-z A-Z)
  [ -d "$file" ] && file=$file/password
  password=$(cat "$file") || exit 1
  export "NATS_PASSWORD_$user=$password"
done
config=$1
shift
watch $$ "$@" &
exec nats-server --config "$config"
