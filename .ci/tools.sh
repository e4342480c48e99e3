#!/bin/bash
# Install the mail clients that the tests talk to, with apt-get (Debian, Ubuntu).
# Does nothing where they are there. Peers for `make bench` are named, not installed.
set -euo pipefail

clients=(curl fetchmail mpop)
missing=()
for client in "${clients[@]}"; do
    command -v "$client" > /dev/null || missing+=("$client")
done

if [ "${#missing[@]}" -eq 0 ]; then
    echo "The tests find ${clients[*]}."
elif [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet
    apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
else
    echo "The tests do not find ${missing[*]}. Install them with your system's packages, such as:" >&2
    echo "    sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "For make bench: gcc and libc6-dev; dovecot-pop3d to be measured beside."
