/* wire/ntp.h - messages of the network time protocol, version 4 (RFC 5905 7.3), as a simple client
 * (RFC 4330) needs them. */
#ifndef TARN_WIRE_NTP_H
#define TARN_WIRE_NTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NTP_BYTES = 48, NTP_VERSION = 4, NTP_PORT = 123, NTP_MAX_STRATUM = 15 };

enum ntp_mode { NTP_CLIENT = 3, NTP_SERVER = 4 };

/* The leap indicator of a server that does not know the time. */
enum { NTP_UNSYNCHRONIZED = 3 };

/* What a server of stratum 0 says in its reference id (RFC 5905 7.4). */
enum ntp_kiss {
    NTP_DENY = 0x44454e59,
    NTP_RSTR = 0x52535452,
    NTP_RATE = 0x52415445,
};

/* Timestamps have 32 bits of seconds since 1900, or since 2036, and 32 bits of their fraction; 0 is
 * not known. */
struct ntp_msg {
    uint8_t leap, version, mode, stratum;
    int8_t poll, precision;               /* powers of 2, seconds */
    uint32_t root_delay, root_dispersion; /* 1/65536 s */
    uint32_t refid;
    uint64_t reference, origin, receive, transmit;
};

/* What stands behind the 48 bytes (extension fields, MAC) is not looked at. false: there are fewer,
 * or another version than 1 to 4. */
bool ntp_parse(struct ntp_msg *out, const uint8_t *p, size_t n);
void ntp_build(uint8_t p[NTP_BYTES], const struct ntp_msg *m);

/* Nanoseconds since 1970. A timestamp means the time nearest to `near_ns` (RFC 5905 6); when that
 * is 0, one from 1968 to 2104 (RFC 4330 3). */
int64_t ntp_to_unix_ns(uint64_t stamp, int64_t near_ns);
uint64_t ntp_from_unix_ns(int64_t unix_ns);

#endif
