#!/usr/bin/env bash
# Lets a temporary worker live longer: extend-worker-ttl.sh worker-burst-001 --hours 2
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

usage() {
  cat <<'TEXT'
usage: extend-worker-ttl.sh WORKER [--hours N] [--reason TEXT] [--output table|json]

Extends the worker's time to live, within the limits of the configuration.

  --hours N        by so many hours (the configured length of an extension)
  --reason TEXT    why, for events and the audit log
  --output FORMAT  table or json

POOLKEEPER_URL is the running program's address, POOLKEEPER_TOKEN_FILE the file of a token where it asks for one,
POOLKEEPER_CA_FILE that of the authority of its certificate, POOLKEEPER_BIN the program to call.
TEXT
}

worker=
options=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --hours)
      need_value "$@"
      [[ $2 =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "--hours must be a number of hours, not \"$2\""
      options+=("$1" "$2")
      shift 2
      ;;
    --output | --reason)
      need_value "$@"
      options+=("$1" "$2")
      shift 2
      ;;
    -*) fail "unknown argument \"$1\"" ;;
    *)
      [ -z "$worker" ] || fail "one worker at a time: \"$worker\", then \"$1\""
      worker=$1
      shift
      ;;
  esac
done
[ -n "$worker" ] || fail "which worker? give its name, for example worker-burst-001"
run_poolkeeper extend "$worker" ${options[@]+"${options[@]}"}
