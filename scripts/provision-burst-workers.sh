#!/usr/bin/env bash
# Asks for temporary workers: provision-burst-workers.sh --count 3 --template medium --ttl 4h
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

provision burst "$@"
