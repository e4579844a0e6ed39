"""XXH64, as the format's specification gives it, to check hashes that the program prints."""
import struct

P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
M = (1 << 64) - 1


def turned(x, n):
    return (x << n | x >> 64 - n) & M


def mixed(sum_, word):
    return turned(sum_ + word * P2 & M, 31) * P1 & M


def xxh64(data, seed=0):
    n, at = len(data), len(data) // 32 * 32
    if n >= 32:
        sums = [(seed + P1 + P2) & M, (seed + P2) & M, seed, (seed - P1) & M]
        for words in struct.iter_unpack('<4Q', data[:at]):
            sums = [turned(s + w * P2 & M, 31) * P1 & M for s, w in zip(sums, words)]
        h = sum(turned(s, r) for s, r in zip(sums, (1, 7, 12, 18))) & M
        for s in sums:
            h = (h ^ mixed(0, s)) * P1 + P4 & M
    else:
        h = (seed + P5) & M
    h = (h + n) & M
    for at in range(at, n - 7, 8):
        h = turned(h ^ mixed(0, struct.unpack_from('<Q', data, at)[0]), 27) * P1 + P4 & M
    at = n // 8 * 8
    if n - at >= 4:
        h = turned(h ^ struct.unpack_from('<I', data, at)[0] * P1 & M, 23) * P2 + P3 & M
        at += 4
    for byte in data[at:]:
        h = turned(h ^ byte * P5 & M, 11) * P1 & M
    h = (h ^ h >> 33) * P2 & M
    h = (h ^ h >> 29) * P3 & M
    return h ^ h >> 32
