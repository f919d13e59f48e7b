/* tests/conform/tcp/rules.h - what RFC 9293 3.10.7 and RFC 5961 say of one segment, as tables. */
#ifndef TARN_TESTS_CONFORM_TCP_RULES_H
#define TARN_TESTS_CONFORM_TCP_RULES_H

#include "tarn/sock.h"

#include <stdbool.h>
#include <stdint.h>

/* Where SEG.SEQ lies: below the window, RCV.NXT, inside, the last number of the window, beyond. */
enum rule_seq { SEQ_BELOW, SEQ_LEFT, SEQ_INSIDE, SEQ_RIGHT, SEQ_BEYOND, SEQ_N };

/* Where SEG.ACK lies: below SND.UNA, there, SND.NXT, above that. */
enum rule_ack { ACK_OLD, ACK_UNA, ACK_NXT, ACK_BEYOND, ACK_N };

struct rule_segment {
    enum tarn_tcp_state state;
    unsigned flags; /* enum tcp_flag, the lower six */
    enum rule_seq seq;
    enum rule_ack ack;
    bool text;
    bool all_acked; /* SND.UNA = SND.NXT in this state: ACK_UNA and ACK_NXT are one */
};

enum rule_reply {
    REPLY_NONE,
    REPLY_ACK,        /* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
    REPLY_MAY_ACK,    /* that, or nothing: the RFC says neither */
    REPLY_SYN_ACK,    /* <SEQ=ISS><ACK=SEG.SEQ+1><CTL=SYN,ACK> */
    REPLY_RST_ACKED,  /* <SEQ=SEG.ACK><CTL=RST> */
    REPLY_RST_LENGTH, /* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
};

struct rule_outcome {
    enum rule_reply reply;
    enum tarn_tcp_state state; /* afterwards */
    bool takes_text, takes_fin;
    const char *section; /* of the row that has decided */
};

struct rule_outcome rule_apply(const struct rule_segment *g);

#endif
