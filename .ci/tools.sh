#!/bin/bash
# Install the programs that the tests talk to, with apt-get (Debian, Ubuntu): mail clients,
# a proxy, a second server, programs that deliver and lock, Graphviz, whose program is `dot`,
# checkers that give second opinions, which write C, and a tracer of system calls. Does nothing where
# they are there.
set -euo pipefail

# Where Debian has haproxy, and not every user looks.
PATH="$PATH:/usr/sbin"
programs=(openssl curl fetchmail getmail mpop perl ruby s-nail haproxy dot spin rumur gcc)
programs+=(maildrop procmail formail dotlockfile strace)
# What Debian has as a file that is no command: a library of Perl, a second server to compare
# transcripts with, and its sister, which works in the same Maildir.
programs+=(/usr/share/perl5/IO/Socket/SSL.pm /usr/lib/dovecot/pop3 /usr/lib/dovecot/imap)
# The libraries of Courier's POP3 server, which itself is unpacked below.
programs+=(/usr/lib/libcourierauth.so.0)
# The package of each program, where it has another name or wants a second one.
declare -A packages=(
    [dot]=graphviz [formail]=procmail [dotlockfile]=liblockfile-bin [gcc]="gcc libc6-dev" [getmail]=getmail6
    [/usr/share/perl5/IO/Socket/SSL.pm]=libio-socket-ssl-perl
    [/usr/lib/dovecot/pop3]=dovecot-pop3d
    [/usr/lib/dovecot/imap]=dovecot-imapd
    [/usr/lib/libcourierauth.so.0]="courier-authlib libcourier-unicode4 libidn12"
)
missing=()
for program in "${programs[@]}"; do
    command -v "$program" > /dev/null || [[ -e "$program" ]] && continue
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

# Debian installs no two POP3 servers side by side, so Courier's is unpacked instead.
courier=/opt/courier
if [[ ! -e $courier/usr/lib/courier/courier/courierpop3d ]] && [ "$(id -u)" -eq 0 ] \
    && command -v apt-get > /dev/null; then
    unpacked="$(mktemp -d)"
    (cd "$unpacked" && apt-get download courier-pop && dpkg-deb --extract ./*.deb "$courier")
    rm -rf "$unpacked"
fi
