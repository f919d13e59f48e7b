/* base/array.h - the length of an array, and the object around a member. */
#ifndef TARN_BASE_ARRAY_H
#define TARN_BASE_ARRAY_H

#include <stddef.h>

/* How many elements an array (not a pointer) has. */
#define ARRAY_LEN(array_) (sizeof(array_) / sizeof((array_)[0]))

/* The `type_` whose member `member_` is at `ptr_`. */
#define container_of(ptr_, type_, member_) \
    ((type_ *)(void *)((char *)(ptr_)-offsetof(type_, member_)))

#define container_of_const(ptr_, type_, member_) \
    ((const type_ *)(const void *)((const char *)(ptr_)-offsetof(type_, member_)))

#endif
