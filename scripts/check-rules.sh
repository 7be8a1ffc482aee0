#!/usr/bin/env bash
# Checks the rules files and runs their unit tests with promtool: from the PATH, or from .build/debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

promtool=$(command -v promtool || echo .build/debian/usr/bin/promtool)
if [ ! -x "$promtool" ]; then
  echo "check-rules: promtool is not here; scripts/install-packages.sh --test fetches it" >&2
  exit 69
fi
"$promtool" check rules rules/*.rules.yml
"$promtool" test rules rules/tests/*.yml
