#!/bin/bash
# Install the programs that the tests talk to, with apt-get (Debian, Ubuntu): mail clients,
# Graphviz, whose program is `dot`, and checkers that give second opinions, which write C.
# Does nothing where they are there. Peers for `make bench` are named, not installed.
set -euo pipefail

programs=(openssl curl fetchmail mpop dot spin rumur gcc)
# The package of each program, where it has another name or wants a second one.
declare -A packages=([dot]=graphviz [gcc]="gcc libc6-dev")
missing=()
for program in "${programs[@]}"; do
    command -v "$program" > /dev/null && continue
    read -ra wanted <<< "${packages[$program]:-$program}"
    missing+=("${wanted[@]}")
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
echo "For make bench: dovecot-pop3d to be measured beside."
