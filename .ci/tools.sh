#!/bin/bash
# Install the programs that the tests talk to, with apt-get (Debian, Ubuntu): mail clients, and
# Graphviz, whose program is `dot`.
# Does nothing where they are there. Peers for `make bench` are named, not installed.
set -euo pipefail

programs=(curl fetchmail mpop dot)
declare -A package=([dot]=graphviz)
missing=()
for program in "${programs[@]}"; do
    command -v "$program" > /dev/null || missing+=("${package[$program]:-$program}")
done

if [ "${#missing[@]}" -eq 0 ]; then
    echo "The tests find ${programs[*]}."
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
