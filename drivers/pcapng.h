/* drivers/pcapng.h - writes a pcapng file: one section, one interface, a block per packet.
 *
 * Writing is buffered and bounded and never waits. When the file takes no more (disk full, size
 * limit, closed pipe), the file is cut back to its last whole packet, one message says so with the
 * number of packets in it, and what comes later is only counted. */
#ifndef TARN_DRIVERS_PCAPNG_H
#define TARN_DRIVERS_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcapng;

enum pcapng_linktype { PCAPNG_ETHERNET = 1, PCAPNG_RAW_IP = 101 };
enum pcapng_direction { PCAPNG_UNKNOWN = 0, PCAPNG_IN = 1, PCAPNG_OUT = 2 };

struct pcapng_packet {
    int64_t wall_ns; /* since 1970 */
    const void *data;
    size_t len;
    enum pcapng_direction direction;
    const char *comment; /* or NULL */
};

/* Create or truncate `path`; `interface` is the name that readers show. 0 or -errno. */
int pcapng_open(struct pcapng **out, const char *path, const char *interface,
                enum pcapng_linktype linktype);

void pcapng_write(struct pcapng *w, const struct pcapng_packet *p);

/* Hand what is buffered to the system. */
void pcapng_flush(struct pcapng *w);

/* Is something buffered? */
bool pcapng_is_dirty(const struct pcapng *w);

/* Count packets that could not be handed over. */
void pcapng_lose(struct pcapng *w, uint64_t n);

void pcapng_close(struct pcapng *w);

#endif
