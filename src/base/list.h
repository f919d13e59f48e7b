/* base/list.h - doubly linked lists of objects in an arena.
 *
 * The object embeds a `struct list_node` anywhere, and the list remembers at which offset: every
 * call names objects, and no call names offsets.
 *
 *     struct sock { ...; struct list_node ready; ... };
 *
 *     list_init(&st->ready, offsetof(struct sock, ready));
 *     list_push_back(st, &st->ready, sk);
 *     list_each (st, &st->ready, struct sock, s)
 *         ...;
 *
 * `base` is the arena's base; the list itself may lie anywhere. Nodes hold refs of objects, and
 * REF_END at both ends: so a node of zeroes is on no list, and list_has() needs no walk. All
 * operations are O(1). An object may be on several lists, by a node for each. */
#ifndef TARN_BASE_LIST_H
#define TARN_BASE_LIST_H

#include "base/ref.h"

#include <stdbool.h>

/* Embedded in the object; all zeroes = on no list. */
struct list_node {
    uint32_t next, prev;
};

struct list {
    uint32_t first, last; /* REF_END when empty */
    uint32_t node_offset; /* of the struct list_node in the objects */
};

/* An empty list of objects whose node is `node_offset` bytes after their start. */
static inline void list_init(struct list *l, size_t node_offset)
{
    *l = (struct list){REF_END, REF_END, (uint32_t)node_offset};
}

static inline bool list_is_empty(const struct list *l)
{
    return l->first == REF_END;
}

/* The object's node for this list. */
static inline struct list_node *list_node(const struct list *l, void *obj)
{
    return (struct list_node *)(void *)((char *)obj + l->node_offset);
}

/* Is the object on the list (or on another one that shares this node)? */
static inline bool list_has(const struct list *l, const void *obj)
{
    const char *node = (const char *)obj + l->node_offset;

    return ((const struct list_node *)(const void *)node)->next != 0;
}

/* First, last, neighbours: NULL where there is none. */
static inline void *list_first(const void *base, const struct list *l)
{
    return ref_ptr(base, l->first);
}

static inline void *list_last(const void *base, const struct list *l)
{
    return ref_ptr(base, l->last);
}

static inline void *list_next(const void *base, const struct list *l, const void *obj)
{
    const char *node = (const char *)obj + l->node_offset;

    return ref_ptr(base, ((const struct list_node *)(const void *)node)->next);
}

static inline void *list_prev(const void *base, const struct list *l, const void *obj)
{
    const char *node = (const char *)obj + l->node_offset;

    return ref_ptr(base, ((const struct list_node *)(const void *)node)->prev);
}

/* Put an object that is on no list (asserted) at an end, or beside `at`, which is on this one. */
void list_push_back(void *base, struct list *l, void *obj);
void list_push_front(void *base, struct list *l, void *obj);
void list_insert_before(void *base, struct list *l, void *at, void *obj);
void list_insert_after(void *base, struct list *l, void *at, void *obj);

/* Take an object off the list it is on (asserted); its node is zeroes again. */
void list_remove(void *base, struct list *l, void *obj);

/* Take the first one off; NULL when the list is empty. */
void *list_pop_front(void *base, struct list *l);

/* Every object from first to last. The body may not take `var_` off the list; with _safe it may
 * (but no other object). */
#define list_each(base_, list_, type_, var_) \
    for (type_ *var_ = list_first(base_, list_); var_ != NULL; var_ = list_next(base_, list_, var_))

#define list_each_safe(base_, list_, type_, var_)                                  \
    for (type_ *var_ = list_first(base_, list_),                                   \
               *var_##_next = var_ != NULL ? list_next(base_, list_, var_) : NULL; \
         var_ != NULL;                                                             \
         var_ = var_##_next, var_##_next = var_ != NULL ? list_next(base_, list_, var_) : NULL)

#endif
