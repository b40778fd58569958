# Runs a script of this folder in the shell of MongoDB: shell.sh SCRIPT. The shell writes a log for each run, which would
# fill the disk with the years.
home=$(mktemp -d) || exit 1
HOME=$home mongosh --nodb --quiet "$(dirname "$0")/$1"
code=$?
rm -rf "$home"
exit $code
