#!/bin/sh
# Fetches packages, without what they depend on, and keeps their programs in /programs.
# Run by mmdebstrap with an empty root and the names of the packages as arguments.
set -eu
root="$1"
shift
mkdir "$root/fetched" "$root/unpacked"
cd "$root/fetched"
APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq -o APT::Sandbox::User=root download "$@"
for package in *.deb; do dpkg-deb --extract "$package" "$root/unpacked"; done
mv "$root/unpacked/usr/bin" "$root/programs"
rm -r "$root/fetched" "$root/unpacked"
