/* ip/control.h - how a request to the control plane is refused; private to src/ip. */
#ifndef TARN_IP_CONTROL_H
#define TARN_IP_CONTROL_H

#include "tarn/control.h"

/* Say which field is at fault and why, if the caller wants to know; returns err. */
static inline int control_refuse(struct tarn_control_error *e, int err, const char *field,
                                 const char *text)
{
    if (e != NULL)
        *e = (struct tarn_control_error){field, text};
    return err;
}

static inline int control_no_port(struct tarn_control_error *e)
{
    return control_refuse(e, -TARN_ENODEV, "port", "there is no such interface");
}

#endif
