/* The services that every server of the benchmarks offers, by port. */
#ifndef TARN_BENCH_SERVICE_H
#define TARN_BENCH_SERVICE_H

enum service {
    SERVICE_ECHO = 5007,    /* every byte comes back */
    SERVICE_DISCARD = 5009, /* bytes are taken */
    SERVICE_SOURCE = 5019,  /* bytes are sent until the client goes */
};

#endif
