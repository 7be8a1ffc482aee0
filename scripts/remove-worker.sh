#!/usr/bin/env bash
# Drains a worker and removes it: remove-worker.sh worker-burst-001 [--force]
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

usage() {
  cat <<'TEXT'
usage: remove-worker.sh WORKER [--force] [--reason TEXT] [--output table|json]

Cordons and drains the worker, then removes its node and its machine.

  --force          do not wait for its pods, and power it off
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
    --force)
      options+=("$1")
      shift
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
run_poolkeeper remove "$worker" ${options[@]+"${options[@]}"}
