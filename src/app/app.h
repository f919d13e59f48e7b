/* app/app.h - the services of this folder, as whoever runs them by name finds them. */
#ifndef TARN_APP_APP_H
#define TARN_APP_APP_H

#include "tarn/service.h"

/* Every service, sorted by name, ended by NULL; made by scripts/tables. */
extern const struct tarn_service *const service_table[];

#endif
