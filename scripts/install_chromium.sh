#!/usr/bin/env bash
# The browser in which tests open the HTML report: Debian's own, where it is not there yet. To install it needs root.
set -euo pipefail

if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null || [[ $(id -u) -ne 0 ]]; then
  echo "The tests of the HTML report need chromium and chromedriver on PATH: install them, or run 'make browser' as root on Debian." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
