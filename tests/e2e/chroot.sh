#!/bin/bash
# chroot.sh: in a chroot, whose / is no mount, a program sees its own files too, and the mounts outside
# stay as they were; where the system has no such file, tarn says so and the program runs.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${CHROOT_INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] || skip_all "needs root for a chroot"
    [ -x "$TARN" ] || skip_all "$TARN is not built"
    export CHROOT_INSIDE=1 TARN BUILD
    exec unshare -m --propagation private "$0"
fi
WORK=$(mktemp -d "${TMPDIR:-/tmp}/tarn-e2e.XXXXXX")
trap 'umount -l "$WORK" 2> /dev/null; rm -rf --one-file-system "$WORK"' EXIT

# The chroot lies below a mount that is shared, as a system's / often is: what is mounted in a namespace
# made from here would be seen here, if tarn did not see to it.
mount -t tmpfs none "$WORK"
mount --make-rshared "$WORK"
mkdir -p "$WORK/root/"{etc,tmp,proc,dev,usr}
mount --rbind /usr "$WORK/root/usr"
mount --rbind /dev "$WORK/root/dev"
mount -t proc none "$WORK/root/proc"
for name in bin sbin lib lib64; do
    if [ -L "/$name" ]; then cp -P "/$name" "$WORK/root/$name"; else
        mkdir "$WORK/root/$name" && mount --rbind "/$name" "$WORK/root/$name"
    fi
done
cp "$TARN" "$WORK/root/tarn"
: > "$WORK/root/etc/resolv.conf"

run_there() { # PROGRAM [ARG]...
    timeout 60 chroot "$WORK/root" /tarn run --link none --dns 192.0.2.53 -- "$@" 2> "$WORK/err"
}

mounts() { cut -d' ' -f 3- /proc/self/mountinfo; }

before=$(mounts)
said=$(run_there cat /etc/resolv.conf)
check "a program in a chroot has the name server of --dns" "$said $(cat "$WORK/err")" \
    [ "$said" = "nameserver 192.0.2.53" ]
said=$(run_there ls /tarn /proc/self/exe 2>&1)
check "and has not left it" "$said" [ "$said" = $'/proc/self/exe\n/tarn' ]
check "the file outside is as it was" "it is not empty" [ ! -s "$WORK/root/etc/resolv.conf" ]
check "the mounts outside are as they were" "$(diff <(echo "$before") <(mounts) | head -n 3)" \
    [ "$before" = "$(mounts)" ]
rm "$WORK/root/etc/resolv.conf"
said=$(run_there echo runs)
check "a program runs where there is no /etc/resolv.conf" "$said" [ "$said" = runs ]
check "and tarn says what to do" "$(cat "$WORK/err")" grep -q '/etc/resolv.conf: .*; make an empty one' \
    "$WORK/err"
finish
