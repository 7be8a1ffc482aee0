#!/usr/bin/env bash
# Drains a worker and removes it: remove-worker.sh worker-burst-001 [--force]
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

usage() {
  cat <<'TEXT'
usage: remove-worker.sh WORKER [--force] [--output table|json]

Cordons and drains the worker, then removes its node and its machine.

  --force          do not wait for its pods, and power it off
  --output FORMAT  table or json

POOLKEEPER_URL is the running program's address, POOLKEEPER_BIN the program to call.
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
    --output)
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
