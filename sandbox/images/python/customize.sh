#!/bin/sh
# Turns a Debian root into what a Dockerfile written for the official slim image expects:
# an interpreter under /usr/local that installs into /usr/local/lib/python3.11/site-packages.
# Run by mmdebstrap with the root and the directory of this file as arguments.
set -eu
root="$1"
here="$2"
python=python3.11
library="$root/usr/local/lib/$python"

# The standard library moves, not a symbolic link: sys.prefix becomes /usr/local.
rm -rf "$library"
mv "$root/usr/lib/$python" "$library"
mv "$root/usr/bin/$python" "$root/usr/local/bin/$python"
for name in python3 python; do ln -sf "$python" "$root/usr/local/bin/$name"; done
for name in "$python" python3; do ln -sf "/usr/local/bin/$python" "$root/usr/bin/$name"; done

# Debian installs into dist-packages and forbids it; upstream does neither.
rm -f "$library/EXTERNALLY-MANAGED" "$library/sitecustomize.py"
rm -rf "$library/dist-packages" "$library/__pycache__/sitecustomize"*
mkdir -p "$library/site-packages"
ln -s site-packages "$library/dist-packages"
sed -i "s/'DEB_PYTHON_INSTALL_LAYOUT', 'posix_local'/'DEB_PYTHON_INSTALL_LAYOUT', 'posix_prefix'/; \
        s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" "$library/sysconfig.py"

wheels=/usr/share/python-wheels
pip_wheel="$(cd "$root$wheels" && ls pip-*.whl)"
inside() { env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"; }
inside python "$wheels/$pip_wheel/pip" install --quiet --no-index \
    --find-links "$wheels" --no-cache-dir --root-user-action ignore pip setuptools

install -m 0644 "$here/pip.conf" "$root/etc/pip.conf"
install -D -m 0644 "$here/uv.toml" "$root/etc/uv/uv.toml"

# Compiled code is kept and trusted without looking at the source: importing scikit-learn from
# sources alone takes four times as long, and a service's start is measured.
inside python -m compileall -q -f --invalidation-mode unchecked-hash \
    "/usr/local/lib/$python"

# Nothing here may gain privileges, and nothing here is a package manager.
find "$root" -xdev -perm /6000 -type f -exec chmod a-s {} +
rm -rf "$root"/var/cache/* "$root"/var/log/* "$root"/etc/apt/sources.list* \
    "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/info "$root"/usr/share/locale \
    "$root"/usr/share/lintian "$root"/etc/resolv.conf "$root"/etc/hostname
