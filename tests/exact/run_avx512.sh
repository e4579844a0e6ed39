#!/bin/bash
# Runs a shell script on an x86-64-v4 CPU, with AVX-512, that Bochs emulates: run_avx512.sh ROOT SCRIPT. The folder
# ROOT is all that Debian's kernel finds there (programs have to be static); busybox's sh runs the script in it, and
# what it prints comes to stdout. Booting takes a minute or two. Exits 1 with a line if something is missing, or
# if the script does not end within 20 minutes of processor time. Works in ROOT.boot.
set -eu
root=$(realpath "$1") script=$2 boot=$root.boot
"$(dirname "$0")"/../../scripts/setup.sh bochs bochs-term bochsbios vgabios isolinux syslinux-common xorriso busybox-static cpio >&2
rm -rf "$boot"
mkdir -p "$boot/iso" "$boot/kernel"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: //p')
(cd "$boot" && apt-get download -qq "$kernel" && dpkg-deb -x linux-image-*.deb kernel) >"$boot/log" 2>&1 || { tail -n 1 "$boot/log" >&2; exit 1; }
cp "$boot"/kernel/boot/vmlinuz-* "$boot/iso/vmlinuz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$boot/iso"

mkdir -p "$root/bin" "$root/dev"
cp /bin/busybox "$root/bin"
ln -sf busybox "$root/bin/sh"
cat - "$script" >"$root/init" <<'END'
#!/bin/sh
for name in $(busybox --list); do [ -e /bin/$name ] || busybox ln -s busybox /bin/$name; done
mount -t devtmpfs dev /dev
trap 'echo END; sleep 1; poweroff -f' EXIT
echo BEGIN
END
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc) | gzip >"$boot/iso/root.gz"

# Without xsavec and xsaves (clearcpuid): Bochs 2.7 reports a wrong size for their compacted registers, and Linux would turn AVX off.
cat >"$boot/iso/isolinux.cfg" <<'END'
default linux
prompt 0
label linux
kernel /vmlinuz
append initrd=/root.gz console=ttyS0 quiet panic=-1 mitigations=off nokaslr nosmp noapic nolapic tsc=reliable nopku clearcpuid=321,323 lsm=
END
xorriso -as mkisofs -quiet -o "$boot/cd.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$boot/iso" 2>>"$boot/log"
cat >"$boot/bochsrc" <<END
display_library: rfb, options="timeout=0"
memory: guest=256, host=256
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=corei7_skylake_x, ips=50000000
ata0-master: type=cdrom, path=$boot/cd.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$boot/serial
log: $boot/bochs.log
panic: action=fatal
END
echo continue >"$boot/commands" # to Bochs' debugger, which waits for it
(ulimit -t 1200; bochs -q -f "$boot/bochsrc" -rc "$boot/commands" </dev/null >"$boot/screen" 2>&1) || true
tr -d '\r' <"$boot/serial" | sed -n '/^BEGIN$/,/^END$/p' | sed '1d;$d'
grep -q '^END' "$boot/serial" || { echo "Bochs did not come to the end of the script: see $boot/bochs.log" >&2; exit 1; }
