#!/bin/sh
# Takes out of a Debian root what belongs to one machine. Run by mmdebstrap with the root as argument.
set -eu
root="$1"

# The packages made a database and a key, as they do when installed; no image may carry them.
rm -rf "$root/var/lib/postgresql/15" "$root/etc/postgresql/15"
rm -f "$root/etc/ssl/private/ssl-cert-snakeoil.key" "$root/etc/ssl/certs/ssl-cert-snakeoil.pem"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id"

# A worker makes base images from the same sources, under the name that Debian gives them.
for sources in "$root"/etc/apt/sources.list.d/0000*; do
    [ -e "$sources" ] || continue
    mv "$sources" "$(dirname "$sources")/$(basename "$sources" | sed 's/^0000//')"
done

find "$root/var/cache" "$root/var/log" "$root/var/lib/apt/lists" -type f -delete
find "$root/usr/share/javascript/moment-timezone" -type f ! -name '*.min.js' -delete # 200 MB
rm -rf "$root"/usr/share/man "$root"/usr/share/info "$root"/usr/share/locale
