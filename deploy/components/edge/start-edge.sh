# HUB: host:port of the hub. Makes the address of the hub with the cell's user and password, and starts the edge as the
# broker: start-edge.sh CONFIG FILE...
CELL=$(sed -n 's/^ *code *= *"\([a-z0-9]*\)".*/\1/p' "${CELL_FILE:-/etc/prm/cell/cell.toml}")
password=$(cat "${HUB_FILES:-/etc/hub}/password") || exit 1
export CELL HUB_URL="nats-leaf://$CELL:$password@$HUB"
exec sh "${START:-/etc/nats/start.sh}" "$@"
